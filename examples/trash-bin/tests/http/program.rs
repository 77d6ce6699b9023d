//! The real program, over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use trash_bin::Options;

use crate::client::Client;
use crate::lifecycle;
use crate::service::{Server, fields, sqlite_file, with_database};

/// A running program, which is stopped on drop.
struct Program {
    process: Child,
    client: Client,
    /// Kept open, because the program would fail to print into a closed pipe.
    _stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start(database: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_trash-bin"))
            .env("DATABASE_URL", database)
            .env("LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first
            .trim()
            .rsplit_once("http://")
            .map(|(_, address)| address);
        let address = address.unwrap_or_else(|| panic!("no URL in {first:?}"));
        Self {
            client: Client::of_program(address.parse().unwrap()),
            process,
            _stdout: stdout,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that the program has already stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn the_program_serves_and_keeps_its_data(database: &str) {
    let program = Program::start(database);
    let folders = program.client.get("/folders").await.is(200);
    assert_eq!(
        fields("name", &folders),
        ["Garden", "Household", "Reading", "Vegetables"]
    );
    lifecycle::live(&program.client).await;
    let trashed = program.client.delete("/notes/1").await.is(200);
    drop(program);

    let program = Program::start(database);
    let folders = program.client.get("/folders").await.is(200);
    assert_eq!(
        fields("name", &folders),
        ["Attic", "Garden", "Household", "Reading", "Vegetables"]
    );
    program.client.get("/notes/1").await.refuses(404, "trash");
    program.client.restore(&trashed).await.is(200);
    program.client.get("/notes/1").await.is(200);
    assert_eq!(program.client.get("/notes").await.is(200)["total"], 7);
}

mod the_program_serves_and_keeps_its_data_over_a_restart {
    use super::*;

    async fn on(server: Server) {
        let directory = tempfile::tempdir().unwrap();
        let file = sqlite_file(&directory.path().join("trash-bin.sqlite"));
        with_database(server, &file, the_program_serves_and_keeps_its_data).await;
    }

    #[tokio::test]
    async fn sqlite() {
        on(Server::Sqlite).await;
    }

    #[tokio::test]
    async fn postgres() {
        on(Server::Postgres).await;
    }

    #[tokio::test]
    async fn mariadb() {
        on(Server::MariaDb).await;
    }

    #[tokio::test]
    async fn mysql() {
        on(Server::MySql).await;
    }
}

#[tokio::test]
async fn the_command_password_prints_a_password_that_signs_in() {
    let directory = tempfile::tempdir().unwrap();
    let database = sqlite_file(&directory.path().join("trash-bin.sqlite"));
    let password = |person: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trash-bin"));
        command.args(["password", person]);
        command.env("DATABASE_URL", &database).output().unwrap()
    };
    let told = password("2");
    assert!(told.status.success());
    let told = String::from_utf8(told.stdout).unwrap();
    let (_, password_of_ben) = told.trim().rsplit_once(' ').unwrap();

    let program = Program::start(&database);
    let fields = [("email", "ben@example.org"), ("password", password_of_ben)];
    let sign_in = hyper::Request::post("/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(serde_html_form::to_string(fields).unwrap().into());
    let answer = program.client.send_raw(sign_in.unwrap()).await;
    assert_eq!(answer.status(), 303);
    drop(program);

    for (person, why) in [
        ("9", "there is no person 9"),
        ("ben", "usage: trash-bin password"),
    ] {
        let refused = password(person);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains(why), "{error}");
    }
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
#[tokio::test]
async fn an_interrupted_program_exits_with_success() {
    let mut program = Program::start("sqlite::memory:");
    program.client.get("/notes").await.is(200);
    let process = program.process.id().to_string();
    let kill = Command::new("kill").args(["-INT", &process]).status();
    assert!(kill.unwrap().success());
    assert!(program.process.wait().unwrap().success());
}

#[test]
fn a_database_that_cannot_be_opened_is_reported() {
    let output = Command::new(env!("CARGO_BIN_EXE_trash-bin"))
        .env(
            "DATABASE_URL",
            "sqlite:///no/such/directory/trash-bin.sqlite",
        )
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot open the database"), "{error}");
}

#[test]
fn the_arguments_of_purge_are_read_or_refused_with_the_usage() {
    let parse = |arguments: &[&str]| Options::parse(arguments.iter().map(ToString::to_string));
    let both = Options {
        dry_run: true,
        older_than_days: Some(7),
    };
    assert_eq!(parse(&[]), Ok(Options::default()));
    assert_eq!(parse(&["--older-than", "7", "--dry-run"]), Ok(both));
    for mistaken in [&["--older-than"][..], &["--older-than", "a"], &["--force"]] {
        let refused = parse(mistaken).unwrap_err();
        assert!(refused.contains("usage: trash-bin purge"), "{refused}");
    }
}
