//! Settings that change where a string ends, and texts that have another meaning under them.

use sea_orm::DatabaseBackend::{MySql, Postgres};

use super::statements::{Before, Case, Generator, Kind};

const MYSQL: &[&str] = &[
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    "SET sql_mode = @m",
    "SET @x = 1, sql_mode = @m",
    "SET @@sql_mode = @m",
    "SET @@session.sql_mode := @m",
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
    "SET LOCAL `sql_mode` = (SELECT @m)",
    "SET sql_mode = 1048576",
    "SET sql_mode = DEFAULT",
    "SET sql_mode = 'ANSI_QUOTES'",
    "SET NAMES gbk",
    "SET NAMES sjis",
    "SET CHARACTER SET gbk",
    "SET character_set_client = gbk",
    "SET character_set_client = @c",
    "SET @@character_set_client = @c",
];

/// Statements that set the variables which some of the other statements read.
const VARIABLES: &[&str] = &[
    "SET @m = 'NO_BACKSLASH_ESCAPES', @c = 'gbk'",
    "SELECT 'NO_BACKSLASH_ESCAPES', 'gbk' INTO @m, @c",
];

const POSTGRES: &[&str] = &[
    "SET standard_conforming_strings = off",
    "SET LOCAL standard_conforming_strings TO 'off'",
    "SET SESSION \"standard_conforming_strings\" TO 'off'",
    "SELECT set_config('standard_conforming_strings', 'off', true)",
    "SELECT pg_catalog.set_config('standard_' || 'conforming_strings', 'off', true)",
    "SELECT set_config(name, 'off', true) FROM pg_settings WHERE name LIKE 'standard%'",
    "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
    "UPDATE pg_catalog.pg_settings SET setting = 'off' WHERE name LIKE 'standard_conf%'",
    "WITH x AS (UPDATE pg_settings SET setting = 'off' WHERE name LIKE 'standard_c%' RETURNING 1) SELECT 1",
    "DO $$BEGIN PERFORM set_config('standard_conforming_strings', 'off', true); END$$",
    "SET client_encoding = 'SJIS'",
];

/// Texts that end a string under some settings, and continue it under others.
const ENDS: &[&str] = &["'\\'", "'\\''", "'\u{3042}\\'", "\"\\\"", "'\\', '"];

impl Generator<'_, '_, '_> {
    pub(super) fn setting(&mut self) -> Case {
        let settings = match self.world.backend {
            MySql => MYSQL,
            Postgres => POSTGRES,
            _ => &["SELECT 1"],
        };
        let mut before = Vec::new();
        if self.is(MySql) {
            before.push((*self.choices.pick(VARIABLES)).to_owned());
        }
        for _ in 0..=self.choices.below(2) {
            before.push((*self.choices.pick(settings)).to_owned());
        }
        let at = self.choices.below(self.world.tables.len());
        let table = self.named_table(at);
        let table = match self.world.backend {
            MySql => table.replace('"', "`"),
            _ => table,
        };
        let end = *self.choices.pick(ENDS);
        let text = match self.choices.below(3) {
            0 => format!("SELECT {end}, x.* FROM {table} AS x -- '"),
            1 => format!("SELECT {end} AS a, (SELECT COUNT(*) FROM {table}) AS b -- \""),
            _ => format!("SELECT {end}, x.* FROM {table} AS x /* ' */"),
        };
        let mut case = Case::reading(Kind::Setting, format!("⟦{text}⟧"), false);
        case.before = before
            .into_iter()
            .map(|text| Before {
                text: format!("⟦{text}⟧"),
                is_optional: true,
            })
            .collect();
        if self.is(MySql) {
            case.after = vec![
                "⟦SET sql_mode = @kept_mode⟧".to_owned(),
                "⟦SET NAMES utf8mb4⟧".to_owned(),
            ];
        }
        case
    }
}
