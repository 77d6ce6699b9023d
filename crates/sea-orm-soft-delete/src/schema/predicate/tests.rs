use chrono::{DateTime, NaiveDateTime, Utc};

use super::*;
use crate::entity::marker::Marker;
use crate::operation::timestamp::Timestamp;

fn nullable() -> MarkerStorage {
    Marker::of::<Option<DateTime<Utc>>>(()).storage()
}
fn flag() -> MarkerStorage {
    Marker::of::<bool>(()).storage()
}
fn epoch() -> MarkerStorage {
    Marker::epoch_seconds::<i64>(()).storage()
}
fn nullable_epoch() -> MarkerStorage {
    Marker::epoch_seconds::<Option<i64>>(()).storage()
}
fn sentinel() -> MarkerStorage {
    // 9999-12-31
    let live = Timestamp::from_unix_seconds(253_402_214_400).unwrap_or(Timestamp::MAX);
    Marker::sentinel::<NaiveDateTime>((), live).storage()
}

/// The marker, in the database that writes such a text.
fn marker_in(text: &str, storage: MarkerStorage) -> MarkerNamed<'static> {
    let backend = match text {
        text if text.contains("::") => DbBackend::Postgres,
        text if text.contains('`') || text.starts_with("b'") => DbBackend::MySql,
        _ => DbBackend::Sqlite,
    };
    MarkerNamed {
        name: "gone",
        storage,
        backend,
    }
}

#[track_caller]
fn excludes(storage: MarkerStorage, conditions: &[&str]) {
    for condition in conditions {
        let marker = marker_in(condition, storage);
        assert!(marker.excludes_trashed(condition), "{condition}");
    }
}

#[track_caller]
fn lets_in(storage: MarkerStorage, conditions: &[&str]) {
    for condition in conditions {
        let marker = marker_in(condition, storage);
        assert!(!marker.excludes_trashed(condition), "{condition}");
    }
}

#[test]
fn a_condition_on_null_is_known_in_every_spelling() {
    excludes(
        nullable(),
        &[
            "gone IS NULL",
            "(gone IS NULL)",
            "((\"gone\") is  null)",
            "`note`.`gone` IS NULL",
            "[gone] ISNULL",
            "\"archive\".\"note\".\"GONE\" IS NULL",
            "(gone)::timestamp(3) with time zone IS NULL",
            "NOT (gone IS NOT NULL)",
            "NOT gone IS NOT NULL",
            "(tenant > 3) AND (gone IS NULL)",
            "gone IS NULL AND (a = 1 OR b = 2)",
            "(gone IS NULL AND a) OR (b AND gone IS NULL)",
        ],
    );
    lets_in(
        nullable(),
        &[
            "",
            "gone IS NOT NULL",
            "NOT (gone IS NULL)",
            "other IS NULL",
            "gone IS NULL OR is_admin",
            "name = 'gone IS NULL'",
            "gone_at IS NULL",
            "CASE WHEN a AND gone IS NULL THEN b ELSE c END",
            "NOT (gone IS NULL AND a)",
            "coalesce(gone IS NULL, true)",
        ],
    );
}

#[test]
fn a_condition_on_false_is_known_in_every_spelling() {
    excludes(
        flag(),
        &[
            "gone = FALSE",
            "gone = 0",
            "(gone = false)",
            "(NOT gone)",
            "NOT (gone)",
            "gone IS FALSE",
            "gone IS NOT TRUE",
            "gone <> 1",
            "FALSE = gone",
            "gone = 'f'::boolean",
        ],
    );
    lets_in(
        flag(),
        &[
            "gone",
            "gone = TRUE",
            "gone = 1",
            "NOT other",
            "gone IS NULL",
            "NOT gone = 0",
        ],
    );
}

#[test]
fn a_condition_on_zero_is_known_in_every_spelling() {
    excludes(
        epoch(),
        &[
            "gone = 0",
            "(gone = '0'::bigint)",
            "0 = gone",
            "NOT (gone <> 0)",
        ],
    );
    lets_in(epoch(), &["gone <> 0", "gone = 10", "gone IS NULL"]);
    excludes(
        nullable_epoch(),
        &[
            "gone IS NULL OR gone = 0",
            "((gone IS NULL) OR (gone = 0))",
            "gone IS NULL",
            "COALESCE(gone, 0) = 0",
        ],
    );
    lets_in(
        nullable_epoch(),
        &["gone IS NULL OR gone > 0", "COALESCE(gone, 1) = 0"],
    );
}

#[test]
fn an_instant_is_the_same_in_every_spelling() {
    excludes(
        sentinel(),
        &[
            "gone = '9999-12-31 00:00:00'",
            "gone = '9999-12-31'",
            "(gone = '9999-12-31 00:00:00'::timestamp without time zone)",
            "(gone = '9999-12-31 02:00:00+02'::timestamp with time zone)",
            "gone = '9999-12-30T19:00:00.000000-05:00'",
            "gone = TIMESTAMP '9999-12-31 00:00:00'",
            "NOT gone <> '9999-12-31T00:00:00Z'",
        ],
    );
    lets_in(
        sentinel(),
        &[
            "gone = '9999-12-31 00:00:01'",
            "gone <> '9999-12-31 00:00:00'",
            "gone = 'infinity'",
            "gone IS NULL",
        ],
    );
}

#[test]
fn a_default_makes_rows_live_or_trashed() {
    let born = |storage, default| marker_in(default, storage).born_with(default);
    for (storage, default, expected) in [
        (
            nullable(),
            "NULL::timestamp with time zone",
            Some(State::Live),
        ),
        (nullable(), "now()", Some(State::Trashed)),
        (nullable(), "current_timestamp(6)", Some(State::Trashed)),
        (nullable(), "'0000-00-00 00:00:00'", Some(State::Trashed)),
        (flag(), "false", Some(State::Live)),
        (flag(), "0", Some(State::Live)),
        (flag(), "b'0'", Some(State::Live)),
        (flag(), "'1'", Some(State::Trashed)),
        (flag(), "some_function()", None),
        (epoch(), "'0'::bigint", Some(State::Live)),
        (epoch(), "1", Some(State::Trashed)),
        (epoch(), "unixepoch()", Some(State::Trashed)),
        (nullable_epoch(), "NULL", Some(State::Live)),
        (nullable_epoch(), "0", Some(State::Live)),
        (
            sentinel(),
            "'9999-12-31 00:00:00'::timestamp without time zone",
            Some(State::Live),
        ),
        (sentinel(), "9999-12-31 00:00:00.000000", Some(State::Live)),
        (sentinel(), "'2000-01-01 00:00:00'", Some(State::Trashed)),
        (sentinel(), "CURRENT_TIMESTAMP", Some(State::Trashed)),
    ] {
        assert_eq!(born(storage, default), expected, "{default}");
    }
}

#[test]
fn an_expression_that_is_true_or_false_tells_a_row_no_better_than_a_flag() {
    let marker = marker_in("`gone`", nullable());
    assert!(marker.is_boolean("(`gone` is null)"));
    assert!(!marker.tells_rows_apart("(`gone` is null)"));
    assert!(!marker.is_boolean("case when `gone` is null then 1 end"));
    assert!(marker.tells_rows_apart("case when `gone` is null then 1 end"));
    assert!(!marker.tells_rows_apart("lower('gone')"));
}
