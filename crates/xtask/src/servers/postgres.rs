//! Starting a throw-away PostgreSQL.

use std::{fs, path::Path, process::Command};

use super::{
    installed::Binaries,
    system_user,
    throw_away::{ThrowAway, free_port},
};
use crate::Result;

/// The settings accept data loss in a crash, because it does not matter here. Every test holds connections of
/// its own.
const SETTINGS: [&str; 8] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=300",
];

/// Starts a server whose superuser `postgres` needs no password, and returns the URL of the server.
pub(crate) fn start(binaries: &Binaries, megabytes: u32) -> Result<(String, ThrowAway)> {
    let port = free_port()?;
    // SIGQUIT is the shutdown that does not wait for clients and writes nothing.
    let mut server = ThrowAway::new("postgres", system_user::for_server("postgres")?, "QUIT")?;
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
    )?;
    let mut command = Command::new(&binaries.server);
    command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    let memory = format!("shared_buffers={megabytes}MB");
    for setting in SETTINGS.into_iter().chain([memory.as_str()]) {
        command.args(["-c", setting]);
    }
    server.start(command, |directory, process| {
        fs::read_to_string(Path::new(directory).join("data/postmaster.pid"))
            .is_ok_and(|file| is_ready(&file, process))
    })?;
    Ok((
        format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        server,
    ))
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
