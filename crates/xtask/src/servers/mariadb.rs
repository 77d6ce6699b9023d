//! Starting a throw-away MariaDB or MySQL.

use std::{
    io::Read,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use super::{
    installed::Binaries,
    system_user,
    throw_away::{ThrowAway, free_port},
};
use crate::Result;

/// The settings accept data loss in a crash, because it does not matter here. Every test holds connections of
/// its own. Not every version knows the `loose` settings.
const SETTINGS: [&str; 12] = [
    "--bind-address=127.0.0.1",
    "--character-set-server=utf8mb4",
    "--max-connections=500",
    "--skip-log-bin",
    "--loose-mysqlx=0",
    "--loose-sync-frm=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--loose-innodb-doublewrite=0",
    "--loose-innodb-log-file-size=16M",
    // AIO contexts are scarce in containers, and memory locked by io_uring is scarcer.
    "--innodb-use-native-aio=0",
    "--loose-innodb-buffer-pool-dump-at-shutdown=0",
];

/// Starts a server whose `root` needs no password, and returns the URL of the server.
pub(crate) fn start(binaries: &Binaries, megabytes: u32) -> Result<(String, ThrowAway)> {
    let port = free_port()?;
    // The server is one process and has nothing to write: it is killed.
    let mut server = ThrowAway::new("mariadb", system_user::for_server("mysql")?, "KILL")?;
    fill(&mut server, binaries)?;
    let mut command = command(&server, binaries, port, megabytes);
    // The tests ask MySQL which session waits for a lock. This takes memory that MariaDB does not need.
    let is_mysql = binaries.initializer == binaries.server;
    command.arg(format!("--performance-schema={}", u8::from(is_mysql)));
    server.start(command, move |_: &Path, _| greets(port))?;
    Ok((url(port), server))
}

pub(super) fn url(port: u16) -> String {
    format!("mysql://root@127.0.0.1:{port}/mysql")
}

/// Fills the data directory of a server.
pub(super) fn fill(server: &mut ThrowAway, binaries: &Binaries) -> Result<()> {
    let data = format!("--datadir={}", server.path("data").display());
    let mut initialize = Command::new(&binaries.initializer);
    // `--no-defaults` has an effect only as the first argument. It excludes this machine's configuration.
    initialize.args(["--no-defaults", &data]);
    if binaries.initializer == binaries.server {
        initialize.arg("--initialize-insecure");
    } else {
        initialize.args([
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ]);
    }
    server.run(&mut initialize)
}

/// The command that starts a server.
pub(super) fn command(
    server: &ThrowAway,
    binaries: &Binaries,
    port: u16,
    megabytes: u32,
) -> Command {
    let mut command = Command::new(&binaries.server);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", server.path("data").display()))
        .arg(format!("--port={port}"))
        .arg(format!("--socket={}", server.path("socket").display()))
        .arg(format!("--pid-file={}", server.path("pid").display()))
        .arg(format!("--tmpdir={}", server.path("").display()))
        .arg(format!("--innodb-buffer-pool-size={megabytes}M"))
        .args(SETTINGS);
    command
}

/// Whether a server greets a client. It does so from the moment on when it accepts clients.
pub(super) fn greets(port: u16) -> bool {
    let greeting = || -> std::io::Result<[u8; 5]> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut start = [0; 5];
        connection.read_exact(&mut start)?;
        Ok(start)
    };
    greeting().is_ok_and(is_handshake)
}

/// A packet has three bytes of length and one byte of sequence, then the version of the protocol. An error
/// has 0xff there.
fn is_handshake(packet: [u8; 5]) -> bool {
    packet[4] == 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_differs_from_an_error() {
        assert!(is_handshake([0x5a, 0, 0, 0, 10]));
        assert!(!is_handshake([0x17, 0, 0, 0, 0xff]));
    }

    #[test]
    fn a_port_that_nobody_listens_on_does_not_greet() {
        assert!(!greets(free_port().unwrap()));
    }
}
