//! Starting a throw-away Galera cluster: three nodes of MariaDB, each of which accepts writes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    installed::Binaries,
    mariadb, system_user,
    throw_away::{ThrowAway, free_ports},
};
use crate::Result;

/// Where packages put the library that replicates.
const PROVIDERS: [&str; 4] = [
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib/galera-4/libgalera_smm.so",
    "/usr/lib64/galera/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
];

/// What a node says in its log when it accepts statements.
const SYNCED: &str = "Synchronized with group, ready for connections";

/// Galera replicates rows, and refuses to start without the first two settings.
const SETTINGS: [&str; 6] = [
    "--binlog-format=ROW",
    "--innodb-autoinc-lock-mode=2",
    "--performance-schema=0",
    "--wsrep-on=ON",
    "--wsrep-node-address=127.0.0.1",
    "--wsrep-sst-method=rsync",
];

fn provider() -> Option<&'static str> {
    PROVIDERS.into_iter().find(|path| Path::new(path).is_file())
}

/// Whether the library is there, and the program that copies the first node to the others.
pub(super) fn can_replicate(folders: &[PathBuf]) -> bool {
    provider().is_some() && folders.iter().any(|folder| folder.join("rsync").is_file())
}

/// Starts the nodes, and returns the URL of each.
pub(super) fn start(binaries: &Binaries, megabytes: u32) -> Result<(String, Vec<ThrowAway>)> {
    let provider = provider().ok_or("libgalera_smm.so is in none of its usual places.")?;
    let ports: [u16; 12] = free_ports()?;
    let (ports, _) = ports.as_chunks::<4>();
    let addresses: Vec<_> = ports
        .iter()
        .map(|[_, group, ..]| format!("127.0.0.1:{group}"))
        .collect();
    let addresses = addresses.join(",");
    let mut nodes = Vec::new();
    let mut urls = Vec::new();
    for &[port, group, changes, copy] in ports {
        let name = format!("galera{}", nodes.len() + 1);
        let mut node = ThrowAway::new(&name, system_user::for_server("mysql")?, "KILL")?;
        let is_first = nodes.is_empty();
        if is_first {
            mariadb::fill(&mut node, binaries)?;
        } else {
            // The node copies the first one into this directory.
            let data = node.path("data");
            node.run(Command::new("mkdir").arg(data))?;
        }
        let mut command = mariadb::command(&node, binaries, port, megabytes);
        command
            .args(SETTINGS)
            .arg(format!("--wsrep-provider={provider}"))
            .arg(format!("--wsrep-node-name={name}"))
            .arg(format!("--wsrep-cluster-address=gcomm://{addresses}"))
            .arg(format!("--wsrep-sst-receive-address=127.0.0.1:{copy}"))
            .arg(format!(
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{group};\
                 ist.recv_addr=127.0.0.1:{changes};gcache.size=16M"
            ));
        if is_first {
            // If this node dies, it does not start again: it would begin a second cluster, and refuses that.
            command.arg("--wsrep-new-cluster");
        }
        node.start(command, move |directory, _| {
            fs::read_to_string(directory.join("log")).is_ok_and(|log| log.contains(SYNCED))
                && mariadb::greets(port)
        })?;
        nodes.push(node);
        urls.push(mariadb::url(port));
    }
    Ok((urls.join(","), nodes))
}
