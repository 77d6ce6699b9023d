//! A process that cleans up after this program even if a signal kills the program.
//!
//! A guard that is dropped covers errors and panics, but no signal. Handling signals takes unsafe code or a
//! dependency. So a shell script waits at the end of a pipe: the pipe closes however this program ends.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

pub(crate) struct Caretaker {
    shell: Child,
}

impl Caretaker {
    /// Sends `signal` to the watched processes when this value is dropped or when this program dies.
    pub(crate) fn of_processes(signal: &str) -> io::Result<Self> {
        Self::start(signal, Path::new(""))
    }

    /// Does the same for processes that work in `directory`, and then removes the directory.
    pub(crate) fn of_directory(directory: &Path, signal: &str) -> io::Result<Self> {
        Self::start(signal, directory)
    }

    /// Sets the process group to stop: the id of a process started with `process_group(0)`.
    pub(crate) fn watch(&mut self, group: u32) -> io::Result<()> {
        self.tell(&format!("{group}\n"))
    }

    /// Tells the caretaker that the process group has ended; from now on, another group may get its id.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        self.tell("\n")
    }

    /// Starts the cleanup, without waiting for its end.
    pub(crate) fn begin(&mut self) {
        drop(self.shell.stdin.take());
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.shell.try_wait(), Ok(None))
    }

    fn start(signal: &str, directory: &Path) -> io::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", include_str!("caretaker.sh"), "caretaker", signal])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // The process group is its own, so that the terminal's Ctrl-C does not reach it.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        match &mut self.shell.stdin {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Caretaker {
    fn drop(&mut self) {
        self.begin();
        // The program can do nothing about an error here.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    #[test]
    fn at_the_end_the_processes_are_stopped_and_the_directory_is_removed() {
        let directory = env::temp_dir().join(format!("caretaker-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let mut caretaker = Caretaker::of_directory(&directory, "TERM").unwrap();
        let mut sleeper = Command::new("sleep")
            .arg("600")
            .process_group(0)
            .spawn()
            .unwrap();
        caretaker.watch(sleeper.id()).unwrap();

        caretaker.begin();
        assert!(!sleeper.wait().unwrap().success());
        drop(caretaker);
        assert!(!directory.exists());
    }
}
