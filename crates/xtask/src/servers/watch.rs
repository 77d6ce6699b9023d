//! Watching servers while the tests run.
//!
//! When a server dies, the tests that use it at that time fail. The server is started again for the tests
//! that follow, because each of them would wait half a minute for it. A line in a file tells the tests of the
//! death.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{Database, throw_away::ThrowAway};

/// How often to look at the servers. A failed test waits longer than this for the news that the server died.
const INTERVAL: Duration = Duration::from_millis(100);
/// A server that dies this often is not worth waiting for.
const MOST_DEATHS: usize = 20;

/// The last line of the file of deaths, written when the server will not start again.
const GONE: &str = "gone";

/// Does the work, and restarts each server that dies meanwhile. Also returns the databases whose servers
/// died.
pub(super) fn watched<T>(
    servers: Vec<(Database, &mut ThrowAway)>,
    work: impl FnOnce() -> T,
) -> (T, Vec<Database>) {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let watcher = scope.spawn(move || {
            let mut watched: Vec<_> = servers.into_iter().map(Watched::new).collect();
            while is_done.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                watched.iter_mut().for_each(Watched::look);
            }
            // A server that died at the very end counts, too.
            let died = watched.iter_mut().filter_map(Watched::has_died);
            died.collect()
        });
        let outcome = work();
        drop(done);
        (outcome, watcher.join().unwrap_or_default())
    })
}

struct Watched<'a> {
    database: Database,
    server: &'a mut ThrowAway,
    deaths: usize,
    is_gone: bool,
}

impl<'a> Watched<'a> {
    fn new((database, server): (Database, &'a mut ThrowAway)) -> Self {
        Self {
            database,
            server,
            deaths: 0,
            is_gone: false,
        }
    }

    fn look(&mut self) {
        if self.is_gone {
            return;
        }
        let Some(death) = self.server.death() else {
            return;
        };
        self.deaths += 1;
        // This comes before anything else, because tests that fail now look for this line.
        self.tell("died");
        let database = self.database;
        eprintln!("!!! {database} DIED: {death}");
        let again = if self.deaths < MOST_DEATHS {
            self.server.restart()
        } else {
            Err(format!("It died {MOST_DEATHS} times.").into())
        };
        match again {
            Ok(()) => eprintln!("!!! {database} was started again."),
            Err(error) => {
                self.is_gone = true;
                self.tell(GONE);
                eprintln!("!!! {database} is not started again. {error}");
            }
        }
    }

    fn tell(&self, line: &str) {
        if let Err(error) = self.server.note_death(line) {
            eprintln!(
                "!!! The tests cannot be told that {} died: {error}",
                self.database
            );
        }
    }

    fn has_died(&mut self) -> Option<Database> {
        let died = self.deaths > 0 || self.server.death().is_some();
        died.then_some(self.database)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        process::Command,
        time::{Duration, Instant},
    };

    use super::*;

    fn started(script: &str) -> ThrowAway {
        let mut server = ThrowAway::new("watch", None, "TERM").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        server
            .start(command, |path, _| {
                // The shell creates the file before it writes the id.
                fs::metadata(path.join("id")).is_ok_and(|file| file.len() > 0)
            })
            .unwrap();
        server
    }

    fn until(is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is never so");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_server_that_dies_is_started_again_and_the_tests_learn_of_it() {
        let mut server = started("echo $$ >id; exec sleep 600");
        let (deaths, id) = (server.deaths(), server.path("id"));
        let servers = vec![(Database::Mysql, &mut server)];
        let ((), died) = watched(servers, || {
            let first = fs::read_to_string(&id).unwrap();
            let mut kill = Command::new("sh");
            kill.args(["-c", "kill -s SEGV $1", "sh", first.trim_end()]);
            assert!(kill.status().unwrap().success());
            until(|| fs::read_to_string(&deaths).is_ok_and(|text| text == "died\n"));
            until(|| fs::read_to_string(&id).is_ok_and(|now| !now.is_empty() && now != first));
        });
        assert_eq!(died, [Database::Mysql]);
        assert_eq!(server.death(), None);
    }

    #[test]
    fn a_server_that_does_not_start_again_is_reported_as_gone() {
        let mut server = started("[ -e id ] && exit 3; echo 1 >id; sleep 0.1");
        let deaths = server.deaths();
        // After a restart the server counts as ready at once, because the file `id` exists already.
        let servers = vec![(Database::Mariadb, &mut server)];
        let ((), died) = watched(servers, || {
            until(|| fs::read_to_string(&deaths).is_ok_and(|text| text.ends_with("gone\n")));
        });
        assert_eq!(died, [Database::Mariadb]);
    }

    #[test]
    fn a_living_server_is_left_alone() {
        let mut server = started("echo 1 >id; exec sleep 600");
        let (seven, died) = watched(vec![(Database::Postgres, &mut server)], || 7);
        assert_eq!((seven, died), (7, vec![]));
    }
}
