//! A server in a directory of its own, which both go when the tests are done.

use std::{
    env, fs,
    fs::File,
    io,
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

/// Initializing takes seconds; a machine that takes this long has another problem.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory and the server in it. When dropped the server is stopped and the directory removed.
pub(crate) struct ThrowAway {
    directory: PathBuf,
    user: Option<SystemUser>,
    server: Option<Child>,
    caretaker: Caretaker,
}

impl ThrowAway {
    /// An empty directory that belongs to `user`, for a server that `signal` stops at once.
    pub(crate) fn new(name: &str, user: Option<SystemUser>, signal: &str) -> Result<Self> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_millis();
        // Short, as the path of a socket in it has no more than about 100 characters.
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

    /// Runs a command to its end.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        let mut child = self.spawn(command)?;
        let status = child.wait()?;
        self.caretaker.forget()?;
        if status.success() {
            Ok(())
        } else {
            Err(self.failure(command, &format!("ended with {status}")))
        }
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(
        &mut self,
        command: &mut Command,
        is_ready: impl Fn(&Path) -> bool,
    ) -> Result<()> {
        let child = self.spawn(command)?;
        let server = self.server.insert(child);
        let start = Instant::now();
        while !is_ready(&self.directory) {
            if let Some(status) = server.try_wait()? {
                self.caretaker.forget()?;
                return Err(self.failure(command, &format!("ended with {status}")));
            }
            if start.elapsed() > PATIENCE {
                return Err(self.failure(command, "was not ready in time"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Starts a process as the server's user, in its own process group and with its output in the
    /// log.
    fn spawn(&mut self, command: &mut Command) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        command
            .current_dir(&self.directory)
            // What the person's locale is shall not matter, nor whether it is installed.
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

    fn log(&self) -> PathBuf {
        self.path("log")
    }

    fn failure(&self, command: &Command, what: &str) -> crate::Error {
        let program = command.get_program().to_string_lossy();
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        format!(
            "{program} {what}. The end of its log:\n{}",
            last_lines(&log, 20)
        )
        .into()
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        let caretaker_lives = self.caretaker.is_alive();
        self.caretaker.begin();
        if let Some(server) = &mut self.server {
            // Nothing to be done about errors here. Without `wait` the caretaker would see the
            // process as a zombie.
            if !caretaker_lives {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
        if !caretaker_lives {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
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
            .start(&mut command, |_| false)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("no such luck") && message.contains("exit status: 3"),
            "{message}"
        );
    }

    #[test]
    fn a_dropped_server_is_stopped_and_its_directory_removed() {
        let mut directory = ThrowAway::new("drop", None, "TERM").unwrap();
        directory
            .start(Command::new("sleep").arg("600"), |_| true)
            .unwrap();
        let (path, id) = (
            directory.directory.clone(),
            directory.server.as_ref().unwrap().id(),
        );
        drop(directory);
        assert!(!path.exists());
        // The shell's own `kill`: the program is in a package that small systems lack.
        let alive = Command::new("sh")
            .args(["-c", "kill -0 \"$1\"", "sh", &id.to_string()])
            .output()
            .unwrap()
            .status
            .success();
        assert!(!alive);
    }

    #[test]
    fn the_last_lines_of_a_short_log_are_all_of_it() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }
}
