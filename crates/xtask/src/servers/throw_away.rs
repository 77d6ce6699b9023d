//! A server in a directory of its own. Both are removed when the tests are done.

use std::{
    env, fs,
    fs::File,
    io::{self, Write},
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::system_user::SystemUser;
use crate::{Result, caretaker::Caretaker};

/// Initialization takes seconds; if a machine takes longer than this, it has another problem.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory and the server in it. On drop, the server is stopped and the directory is removed.
pub(crate) struct ThrowAway {
    directory: PathBuf,
    user: Option<SystemUser>,
    server: Option<Running>,
    caretaker: Caretaker,
}

/// Whether the server with this process id, in this directory, accepts clients.
type IsReady = Box<dyn Fn(&Path, u32) -> bool + Send>;

struct Running {
    process: Child,
    command: Command,
    is_ready: IsReady,
}

impl ThrowAway {
    /// Makes an empty directory that belongs to `user`, for a server that `signal` stops at once.
    pub(crate) fn new(name: &str, user: Option<SystemUser>, signal: &str) -> Result<Self> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_millis();
        // The name is short, because the path of a socket in the directory has at most about 100 characters.
        let directory = env::temp_dir().join(format!("test-{name}-{}-{now}", process::id()));
        fs::DirBuilder::new().mode(0o700).create(&directory)?;
        let caretaker = Caretaker::of_directory(&directory, signal)?;
        if let Some(SystemUser { uid, gid }) = user {
            chown(&directory, Some(uid), Some(gid))?;
        }
        Ok(Self {
            directory,
            user,
            server: None,
            caretaker,
        })
    }

    /// The path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Runs a command and waits for its end.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        let mut child = self.spawn(command)?;
        let status = child.wait()?;
        self.caretaker.forget()?;
        if status.success() {
            Ok(())
        } else {
            let what = format!("ended with {status}");
            Err(failure(&self.directory, command, &what))
        }
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(
        &mut self,
        mut command: Command,
        is_ready: impl Fn(&Path, u32) -> bool + Send + 'static,
    ) -> Result<()> {
        let process = self.spawn(&mut command)?;
        let server = self.server.insert(Running {
            process,
            command,
            is_ready: Box::new(is_ready),
        });
        let start = Instant::now();
        while !(server.is_ready)(&self.directory, server.process.id()) {
            let what = if let Some(status) = server.process.try_wait()? {
                self.caretaker.forget()?;
                format!("ended with {status}")
            } else if start.elapsed() > PATIENCE {
                "was not ready in time".to_owned()
            } else {
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            return Err(failure(&self.directory, &server.command, &what));
        }
        Ok(())
    }

    /// How the server ended, and the end of its log; `None` if the server still runs.
    pub(crate) fn death(&mut self) -> Option<String> {
        let server = self.server.as_mut()?;
        let status = server.process.try_wait().ok()??;
        let what = format!("ended with {status}");
        Some(failure(&self.directory, &server.command, &what).to_string())
    }

    /// Starts an ended server again, with the same command and on the same data.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let server = self.server.take().ok_or("There is no server to restart.")?;
        self.caretaker.forget()?;
        let Running {
            command, is_ready, ..
        } = server;
        self.start(command, is_ready)
    }

    /// The file that has one line for each death of the server.
    pub(crate) fn deaths(&self) -> PathBuf {
        self.path("deaths")
    }

    /// Tells the tests that the server died, or that it will not start again.
    pub(crate) fn note_death(&self, line: &str) -> io::Result<()> {
        let mut deaths = File::options()
            .create(true)
            .append(true)
            .open(self.deaths())?;
        writeln!(deaths, "{line}")
    }

    /// Starts a process as the server's user, in its own process group. Its output goes to the log.
    fn spawn(&mut self, command: &mut Command) -> Result<Child> {
        let log = log(&self.directory);
        let log = File::options().create(true).append(true).open(log)?;
        command
            .current_dir(&self.directory)
            // The person's locale must not matter, and neither must the question whether it is installed.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some(SystemUser { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        let child = command.spawn()?;
        self.caretaker.watch(child.id())?;
        Ok(child)
    }
}

fn log(directory: &Path) -> PathBuf {
    directory.join("log")
}

fn failure(directory: &Path, command: &Command, what: &str) -> crate::Error {
    let program = command.get_program().to_string_lossy();
    // The log of a crash may contain bytes of a statement.
    let log = fs::read(log(directory)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let end = last_lines(&log, 40);
    format!("{program} {what}. The end of its log:\n{end}").into()
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        let caretaker_lives = self.caretaker.is_alive();
        self.caretaker.begin();
        if let Some(server) = &mut self.server {
            // The program can do nothing about errors here. Without `wait`, the caretaker would see the
            // process as a zombie.
            if !caretaker_lives {
                let _ = server.process.kill();
            }
            let _ = server.process.wait();
        }
        if !caretaker_lives {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A port of this machine on which no program listens.
pub(crate) fn free_port() -> io::Result<u16> {
    let [port] = free_ports()?;
    Ok(port)
}

/// Several such ports, which differ.
pub(crate) fn free_ports<const COUNT: usize>() -> io::Result<[u16; COUNT]> {
    let mut ports = [0; COUNT];
    // All of them stay bound until the last one is known.
    let mut bound = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        bound.push(listener);
    }
    Ok(ports)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_log() {
        let mut directory = ThrowAway::new("failure", None, "KILL").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such luck; exit 3"]);
        let message = directory
            .start(command, |_, _| false)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("no such luck") && message.contains("exit status: 3"),
            "{message}"
        );
    }

    #[test]
    fn a_dropped_server_is_stopped_and_its_directory_is_removed() {
        let mut directory = ThrowAway::new("drop", None, "TERM").unwrap();
        let (path, id) = (directory.directory.clone(), start_sleeping(&mut directory));
        drop(directory);
        assert!(!path.exists());
        assert!(!kill("0", id));
    }

    #[test]
    fn a_server_that_died_is_reported_and_started_again() {
        let mut directory = ThrowAway::new("death", None, "TERM").unwrap();
        let id = start_sleeping(&mut directory);
        assert_eq!(directory.death(), None);

        assert!(kill("SEGV", id));
        let end = Instant::now() + PATIENCE;
        let death = loop {
            if let Some(death) = directory.death() {
                break death;
            }
            assert!(Instant::now() < end, "it does not die");
            thread::sleep(Duration::from_millis(5));
        };
        assert!(
            death.contains("signal: 11") && death.ends_with("ready for connections"),
            "{death}"
        );

        directory.restart().unwrap();
        let again = directory.server.as_ref().unwrap().process.id();
        assert_ne!(again, id);
        assert!(kill("0", again));
        assert_eq!(directory.death(), None);
        drop(directory);
        assert!(!kill("0", again));
    }

    fn start_sleeping(directory: &mut ThrowAway) -> u32 {
        let mut command = Command::new("sh");
        command.args(["-c", "echo ready for connections; exec sleep 600"]);
        directory
            .start(command, |path, _| {
                fs::read_to_string(log(path)).is_ok_and(|log| log.contains("ready"))
            })
            .unwrap();
        directory.server.as_ref().unwrap().process.id()
    }

    /// Runs the shell's own `kill`: small systems lack the package with the program.
    fn kill(signal: &str, id: u32) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal]);
        let output = command.arg(id.to_string()).output();
        output.unwrap().status.success()
    }

    #[test]
    fn the_last_lines_of_a_short_log_are_the_whole_log() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }
}
