//! Checks that the server behind a URL is the kind that its variable names.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::sync::OnceCell;

use super::{Server, connect, options};

/// MariaDB and MySQL speak each other's protocol, so the tests of one would also run on the other and prove
/// something else.
pub(super) async fn check_what_answers(server: Server, url: &str) {
    static ANSWERS: [OnceCell<String>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let [mariadb, mysql] = &ANSWERS;
    let (answer, other, remedy) = match server {
        Server::MySql => (
            mysql,
            "MariaDB",
            "TEST_MYSQL_URL names MariaDB: its variable is TEST_MARIADB_URL",
        ),
        _ => (
            mariadb,
            "MySQL",
            "TEST_MARIADB_URL names MySQL: its variable is TEST_MYSQL_URL",
        ),
    };
    let version = answer.get_or_init(|| async {
        let admin = connect(options(url).max_connections(1)).await;
        let version = "SELECT CAST(VERSION() AS CHAR) AS version";
        let version = Statement::from_string(DbBackend::MySql, version);
        let row = admin.query_one_raw(version).await.unwrap().unwrap();
        admin.close().await.unwrap();
        row.try_get("", "version").unwrap()
    });
    let version = version.await;
    let is_mariadb = version.contains("MariaDB");
    assert_ne!(is_mariadb, other == "MariaDB", "{remedy} ({version})");
}
