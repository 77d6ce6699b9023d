//! The markers of the generated tables.

use sea_orm::DbBackend;

/// How a table marks a row as trashed. Each kind of marker has its own column name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Instant,
    Flag,
    Epoch,
    NullableEpoch,
    Sentinel,
}

pub(super) const MARKERS: [Marker; 5] = [
    Marker::Instant,
    Marker::Flag,
    Marker::NullableEpoch,
    Marker::Epoch,
    Marker::Sentinel,
];

impl Marker {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Instant => "deleted_at",
            Self::Flag => "is_deleted",
            Self::Epoch => "deleted_epoch",
            Self::NullableEpoch => "gone_epoch",
            Self::Sentinel => "valid_until",
        }
    }

    pub(super) fn column_type(self, backend: DbBackend) -> &'static str {
        match (self, backend) {
            (Self::Flag, _) => "BOOLEAN",
            (Self::Epoch | Self::NullableEpoch, _) => "BIGINT",
            (_, DbBackend::Sqlite) => "TEXT",
            (_, DbBackend::Postgres) => "TIMESTAMPTZ",
            _ => "DATETIME(6)",
        }
    }

    pub(super) fn is_nullable(self) -> bool {
        matches!(self, Self::Instant | Self::NullableEpoch)
    }

    /// The marker of a row that was inserted without one.
    pub(super) fn live(self, backend: DbBackend) -> &'static str {
        match (self, backend) {
            (Self::Instant | Self::NullableEpoch, _) => "NULL",
            (Self::Flag, _) => "FALSE",
            (Self::Epoch, _) => "0",
            (Self::Sentinel, DbBackend::Sqlite) => "'2037-12-31T00:00:00+00:00'",
            (Self::Sentinel, DbBackend::Postgres) => "'2037-12-31 00:00:00+00'",
            (Self::Sentinel, _) => "'2037-12-31 00:00:00'",
        }
    }

    pub(super) fn trashed(self, backend: DbBackend) -> &'static str {
        match (self, backend) {
            (Self::Flag, _) => "TRUE",
            (Self::Epoch | Self::NullableEpoch, _) => "1600000000",
            (_, DbBackend::Sqlite) => "'2020-09-13T12:26:40.250+00:00'",
            (_, DbBackend::Postgres) => "'2020-09-13 12:26:40.250+00'",
            _ => "'2020-09-13 12:26:40.250'",
        }
    }

    /// The condition that a row is live, written independently of the crate.
    pub(super) fn is_live(self, backend: DbBackend) -> String {
        let column = self.column();
        match self {
            Self::Instant => format!("\"{column}\" IS NULL"),
            Self::NullableEpoch => format!("(\"{column}\" IS NULL OR \"{column}\" = 0)"),
            _ => format!("\"{column}\" = {}", self.live(backend)),
        }
    }
}
