//! Starts the service, or runs a command: `purge` removes old trash, `erase` forgets a person, `replay` forgets
//! them again after a restore of the database, and `password` gives a person a new password. Environment variables configure it:
//!
//! - `DATABASE_URL`: `sqlite://…?mode=rwc`, `postgres://…` or `mysql://…`. The default is a file in the
//!   current directory.
//! - `LISTEN`: the address and port. The default is `127.0.0.1:3000`. `PORT` alone sets only the port. Port 0
//!   is any free port.
//! - `COOKIE_KEY`: the secret that signs the cookies of the pages, at least 64 bytes. The default is a new one at each
//!   start, so that people have to sign in again.
//! - `ERASURE_KEY`: the secret of the receipts of erasures, at least 16 random bytes.
//! - `ERASURE_RECEIPTS`: the file of the receipts. The default is `erasures.jsonl` in the current directory.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use trash_bin::{EraseOptions, Options, Receipts};

const DEFAULT_DATABASE: &str = "sqlite://trash-bin.sqlite?mode=rwc";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trash-bin: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let database = variable("DATABASE_URL");
    let db = trash_bin::connect(database.as_deref().unwrap_or(DEFAULT_DATABASE))
        .await
        .map_err(|error| format!("cannot open the database: {error}"))?;
    trash_bin::migrate(&db).await?;
    let accounts = trash_bin::seed(&db).await?;
    let receipts = variable("ERASURE_RECEIPTS");
    let receipts = receipts.as_deref().unwrap_or("erasures.jsonl");
    let receipts = Receipts::new(receipts, variable("ERASURE_KEY"));
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => {}
        Some("purge") => {
            let options = Options::parse(arguments)?;
            println!("{}", trash_bin::purge(&options, &db).await?);
            return Ok(());
        }
        Some("erase") => {
            let options = EraseOptions::parse(arguments)?;
            println!("{}", trash_bin::erase(&options, &receipts, &db).await?);
            return Ok(());
        }
        Some("replay") => {
            println!("{}", trash_bin::replay(arguments, &receipts, &db).await?);
            return Ok(());
        }
        Some("password") => {
            println!("{}", trash_bin::reset_password(arguments, &db).await?);
            return Ok(());
        }
        Some(other) => {
            let known = "the commands are `purge`, `erase`, `replay` and `password`";
            return Err(format!("`{other}` is no command; {known}").into());
        }
    }
    // The diagnosis is for the operator; the service starts whatever it reports.
    eprint!("{}", trash_bin::examine(&db).await?);

    let wanted = variable("LISTEN").unwrap_or_else(|| {
        let port = variable("PORT");
        format!("127.0.0.1:{}", port.as_deref().unwrap_or("3000"))
    });
    let listener = TcpListener::bind(&wanted)
        .await
        .map_err(|error| format!("cannot listen on {wanted}: {error}; try LISTEN=127.0.0.1:0"))?;

    let data = match database {
        Some(_) => "the database that DATABASE_URL names",
        None => "./trash-bin.sqlite; DATABASE_URL names another database",
    };
    println!("{}", welcome(listener.local_addr()?, data));
    for account in accounts {
        let trash_bin::Account { email, password } = account;
        println!("Sign in as {email} with the password {password}; it is not shown again.");
    }
    let secret = variable("COOKIE_KEY");
    if secret.is_none() {
        println!("COOKIE_KEY is not set, so people sign in again after a restart.");
    }
    let key = trash_bin::cookie_key(secret.as_deref())?;

    let app = trash_bin::app(db.clone(), receipts, key);
    let service = axum::serve(listener, app).with_graceful_shutdown(ctrl_c());
    let index = trash_bin::search::keep_in_step(&db, ctrl_c());
    let (served, ()) = tokio::join!(service.into_future(), index);
    served?;
    db.close().await?;
    Ok(())
}

/// A variable with an empty value counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// If the process cannot listen for the signal, the service runs until it is killed.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn welcome(address: SocketAddr, data: &str) -> String {
    let url = format!("http://{address}");
    let api = format!("{url}/api");
    format!(
        "trash-bin listens on {url}
Open that in a browser: the first start prints what to sign in with, `trash-bin password 1` makes a new password.
Its data is in {data}. Ctrl-C stops it.

Try, in another terminal:

  # Every request about notes names its workspace.
  home='x-workspace: 1'

  # See the notes that are live, then put one in the trash, saying who and why.
  curl -H \"$home\" '{api}/notes'
  curl -H \"$home\" -X DELETE -H 'x-user: alice' '{api}/notes/1?reason=all+bought'

  # It is gone, as far as anyone can see. The trash has it: who deleted what, when and why.
  curl -H \"$home\" -i '{api}/notes/1'
  curl -H \"$home\" '{api}/trash'

  # Bring it back, by the `id` that the trash says.
  curl -H \"$home\" -X POST -H 'x-user: alice' '{api}/trash/ID/restore'

  # Write a note of your own; its title must be free among the live notes of its folder.
  curl -H \"$home\" -X POST -H 'x-user: bob' -H 'content-type: application/json' \\
    -d '{{\"folder_id\": 1, \"title\": \"Call the plumber\"}}' '{api}/notes'

  # See what would go with a folder, then delete just that. If the content has changed since,
  # nothing is deleted, and the answer is a new preview.
  curl -H \"$home\" '{api}/folders/2/delete' | tee preview.json
  curl -H \"$home\" -X POST -H 'x-user: alice' -H 'content-type: application/json' \\
    -d @preview.json '{api}/folders/2/delete'

  # The notes in the trash, beside the folders that they are from.
  curl -H \"$home\" '{api}/reports/audit'

  # Search the notes: the index follows the trash within a second.
  curl -H \"$home\" '{api}/search?q=tomatoes'

  # See what would be forgotten with a person. To do it, start the service with ERASURE_KEY set.
  curl '{api}/people/1/erasure'

  # Another workspace has other notes, and another trash. A request that names none is refused.
  curl '{api}/workspaces'
  curl -H 'x-workspace: 2' '{api}/notes'
  curl -i -H 'x-workspace: 2' '{api}/notes/1'

  # Empty the trash of this workspace. Nothing brings this back.
  curl -H \"$home\" -X DELETE -H 'x-user: alice' '{api}/trash'

  # Every other thing it can do.
  curl '{api}'
"
    )
}
