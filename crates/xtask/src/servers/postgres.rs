//! Starting a throw-away PostgreSQL.

use std::{fs, path::Path, process::Command};

use super::{
    installed::Binaries,
    system_user,
    throw_away::{ThrowAway, free_port, free_ports},
};
use crate::Result;

/// The settings accept data loss in a crash, because it does not matter here. Every test holds connections of
/// its own.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
];

/// A server without a replica.
const ALONE: [&str; 2] = ["wal_level=minimal", "max_wal_senders=0"];

/// Starts a server whose superuser `postgres` needs no password, and returns the URL of the server.
pub(crate) fn start(binaries: &Binaries, megabytes: u32) -> Result<(String, ThrowAway)> {
    let port = free_port()?;
    let mut server = directory("postgres")?;
    fill(&mut server, binaries)?;
    run(&mut server, binaries, port, megabytes, &ALONE)?;
    Ok((url(port), server))
}

/// Starts a primary and a replica that follows it, and returns the URLs of both.
pub(super) fn start_with_replica(
    binaries: &Binaries,
    megabytes: u32,
) -> Result<(String, Vec<ThrowAway>)> {
    let [primary_port, replica_port] = free_ports()?;
    let mut primary = directory("primary")?;
    fill(&mut primary, binaries)?;
    // A copy of a server that is shut down is a base backup.
    let mut replica = directory("replica")?;
    let (from, to) = (primary.path("data"), replica.path("data"));
    replica.run(Command::new("cp").arg("-R").args([&from, &to]))?;
    replica.run(Command::new("touch").arg(to.join("standby.signal")))?;

    run(&mut primary, binaries, primary_port, megabytes, &[])?;
    let follow = format!("primary_conninfo=host=127.0.0.1 port={primary_port} user=postgres");
    run(
        &mut replica,
        binaries,
        replica_port,
        megabytes,
        &[follow.as_str()],
    )?;
    let urls = format!("{},{}", url(primary_port), url(replica_port));
    Ok((urls, vec![primary, replica]))
}

fn url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

fn directory(name: &str) -> Result<ThrowAway> {
    // SIGQUIT is the shutdown that does not wait for clients and writes nothing.
    ThrowAway::new(name, system_user::for_server("postgres")?, "QUIT")
}

fn fill(server: &mut ThrowAway, binaries: &Binaries) -> Result<()> {
    let data = server.path("data");
    server.run(
        Command::new(&binaries.initializer)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .args(["--no-sync", "--no-instructions", "--pgdata"])
            .arg(&data),
    )
}

fn run(
    server: &mut ThrowAway,
    binaries: &Binaries,
    port: u16,
    megabytes: u32,
    settings: &[&str],
) -> Result<()> {
    let mut command = Command::new(&binaries.server);
    let data = server.path("data");
    command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    let memory = format!("shared_buffers={megabytes}MB");
    for setting in SETTINGS.iter().chain(settings).chain([&memory.as_str()]) {
        command.args(["-c", setting]);
    }
    server.start(command, |directory, process| {
        fs::read_to_string(Path::new(directory).join("data/postmaster.pid"))
            .is_ok_and(|file| is_ready(&file, process))
    })
}

/// The eighth line of `postmaster.pid` is the state, and `pg_ctl` waits for that state as well. An open port
/// says less: the server listens before it accepts clients. A server that died leaves its file behind, with
/// its process id in the first line.
fn is_ready(postmaster_pid: &str, process: u32) -> bool {
    let mut lines = postmaster_pid.lines();
    lines.next() == Some(&process.to_string())
        && lines
            .nth(6)
            .is_some_and(|state| state.trim_end() == "ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_when_its_state_says_so() {
        let file = "4711\n/tmp/data\n1700000000\n40001\n\n127.0.0.1\n  1234 0\n";
        assert!(!is_ready(file, 4711));
        assert!(!is_ready(&format!("{file}starting\n"), 4711));
        assert!(is_ready(&format!("{file}ready   \n"), 4711));
        assert!(!is_ready(&format!("{file}ready   \n"), 4712));
    }
}
