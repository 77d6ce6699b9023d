//! One delete call and everything it trashed.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid};

use crate::operation::attribution::Attribution;
use crate::operation::clock::Clock;
use crate::operation::timestamp::Timestamp;

/// The identity of one delete call and of everything that it trashed.
///
/// [`SoftDeleteModel::operation`](crate::SoftDeleteModel::operation) reads it from a trashed row. It
/// prints as the UUID or the instant, and parses from either, so that it can be part of a URL:
///
/// ```
/// use sea_orm_soft_delete::OperationId;
///
/// let id: OperationId = "0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b".parse().unwrap();
/// assert_eq!(id.to_string(), "0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b");
/// assert_eq!(id.instant().to_string(), "2025-07-10T09:37:34.301641Z");
/// let at: OperationId = "2025-07-10T09:37:34.301641Z".parse().unwrap();
/// assert_eq!(at.instant(), id.instant());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationId {
    /// The UUID v7 in the `operation` column.
    Uuid(Uuid),
    /// The instant in the marker, for an entity without an `operation` column.
    Instant(Timestamp),
}

impl OperationId {
    /// When the operation happened. A UUID v7 of this crate holds it to the microsecond.
    pub fn instant(self) -> Timestamp {
        match self {
            Self::Uuid(id) => instant_of(id),
            Self::Instant(at) => at,
        }
    }

    /// Whether rows that record this operation belong to the operation `whole`: they have its id, or they
    /// have its instant and one of the two is only an instant.
    pub(crate) fn is_part_of(self, whole: Self) -> bool {
        let is_exact = self.uuid().is_some() && whole.uuid().is_some();
        self == whole || (!is_exact && self.instant() == whole.instant())
    }

    /// The mark of an operation that a purge removes: one root row carries it. It is the same id as a UUID of
    /// version 8. `None` if the operation has no UUID of version 7.
    pub(crate) fn being_purged(self) -> Option<Self> {
        let id = self.uuid()?;
        (id.get_version_num() == 7).then(|| Self::Uuid(with_version(id, 8)))
    }

    /// The operation of a row that may carry the id that [`being_purged`](Self::being_purged) returns.
    pub(crate) fn of_row(id: Uuid) -> Self {
        match id.get_version_num() {
            8 => Self::Uuid(with_version(id, 7)),
            _ => Self::Uuid(id),
        }
    }

    /// The UUID in the `operation` columns, for a condition on one of them. `None` if only the instant is known.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::only_trashed().one(db).await?.unwrap();
    /// let id = spam.operation().unwrap().uuid();
    /// assert_eq!(id, spam.operation_id);
    ///
    /// let of_operation = note::Column::OperationId.eq(id);
    /// assert_eq!(note::Entity::only_trashed().filter(of_operation).all(db).await?, [spam]);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn uuid(self) -> Option<Uuid> {
        match self {
            Self::Uuid(id) => Some(id),
            Self::Instant(_) => None,
        }
    }
}

impl From<Uuid> for OperationId {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(id) => id.fmt(f),
            Self::Instant(at) => at.fmt(f),
        }
    }
}

/// The text is neither a UUID nor an instant such as `2025-07-10T09:37:34.301641Z`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no operation: it is neither a UUID nor an instant in UTC to the microsecond")]
pub struct ParseOperationIdError(String);

impl FromStr for OperationId {
    type Err = ParseOperationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uuid = Uuid::try_parse(text).ok().map(Self::Uuid);
        uuid.or_else(|| Timestamp::parse(text).map(Self::Instant))
            .ok_or_else(|| ParseOperationIdError(text.to_owned()))
    }
}

/// As its text.
#[cfg(feature = "serde")]
impl serde::Serialize for OperationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its text.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for OperationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A delete call that is being made: the operation's id and instant, who makes it and why.
#[derive(Clone, Debug)]
pub(crate) struct NewOperation {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) attribution: Attribution,
}

impl NewOperation {
    /// Begins a delete call now, by the clock in force. What `explicit` does not set comes from the ambient
    /// attribution.
    pub(crate) fn begin(explicit: Attribution) -> Self {
        let at = Clock::current().now();
        Self {
            id: id_of(at),
            at,
            attribution: explicit.or(Attribution::current()),
        }
    }

    /// When a purge may remove the rows, if the call says so.
    pub(crate) fn purge_at(&self) -> Option<Timestamp> {
        let after = self.attribution.purges_after()?;
        Some(self.at.saturating_add(after))
    }

    /// An id that no delete has: a random one, from an instant before this crate existed.
    pub(crate) fn id_of_its_own() -> Uuid {
        const FIRST: u128 = 631_152_000_000_000; // 1990-01-01T00:00:00Z
        const TEN_YEARS: u128 = 315_532_800_000_000;
        let micros = FIRST + Uuid::new_v4().as_u128() % TEN_YEARS;
        let at = i64::try_from(micros)
            .ok()
            .and_then(Timestamp::from_unix_micros);
        id_of(at.unwrap_or(Timestamp::MIN))
    }

    /// The first and the last id that an operation of this instant can have.
    pub(crate) fn ids_of(at: Timestamp) -> (Uuid, Uuid) {
        (id_with(at, [0; 8]), id_with(at, [0xff; 8]))
    }
}

/// A UUID v7 that holds the operation's own time, so that ids sort in the order of the deletes.
fn id_of(at: Timestamp) -> Uuid {
    // The 62 bits behind the variant are random in both versions.
    let [.., a, b, c, d, e, f, g, h] = Uuid::new_v4().into_bytes();
    id_with(at, [a, b, c, d, e, f, g, h])
}

/// The twelve bits after the milliseconds hold the fraction of a millisecond, as in RFC 9562, section 6.2,
/// method 3: ids made a microsecond apart still sort. Version 7 counts from the Unix epoch: an earlier
/// instant, which only a clock set by hand can give, counts as the epoch.
fn id_with(at: Timestamp, random: [u8; 8]) -> Uuid {
    let micros = u64::try_from(at.unix_micros()).unwrap_or(0);
    let fraction = (micros % 1_000) * 4_096 / 1_000;
    let [.., high, low] = fraction.to_be_bytes();
    let [a, b, c, d, e, f, g, h] = random;
    Builder::from_unix_timestamp_millis(micros / 1_000, &[high, low, a, b, c, d, e, f, g, h])
        .into_uuid()
}

fn with_version(id: Uuid, version: u8) -> Uuid {
    let mut bytes = id.into_bytes();
    bytes[6] = version << 4 | bytes[6] & 0x0f;
    Uuid::from_bytes(bytes)
}

/// The instant from which an id was made. 4,096 fractions tell the 1,000 microseconds apart, so nothing is
/// lost. For an id that was made elsewhere, this is the nearest instant.
fn instant_of(id: Uuid) -> Timestamp {
    let [a, b, c, d, e, f, high, low, ..] = id.into_bytes();
    let millis = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let fraction = u64::from(u16::from_be_bytes([high & 0x0f, low]));
    let micros = millis * 1_000 + (fraction * 1_000).div_ceil(4_096).min(999);
    i64::try_from(micros)
        .ok()
        .and_then(Timestamp::from_unix_micros)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_of_the_operations_instant_and_differ() {
        let at = Timestamp::from_unix_millis(1_700_000_000_123).unwrap();
        let (one, other) = (id_of(at), id_of(at));
        assert_ne!(one, other);
        assert_eq!(one.get_version_num(), 7);
        assert_eq!(
            one.get_timestamp().unwrap().to_unix(),
            (1_700_000_000, 123_000_000)
        );
        assert_eq!(id_of(Timestamp::MIN).get_version_num(), 7);
    }

    #[test]
    fn ids_a_microsecond_apart_sort() {
        let ids = [122_999, 123_000, 123_001, 123_002, 123_999, 124_000].map(|micros| {
            id_of(Timestamp::from_unix_micros(1_700_000_000_000_000 + micros).unwrap())
        });
        assert!(ids.is_sorted(), "{ids:?}");
    }

    #[test]
    fn an_id_holds_its_instant_to_the_microsecond_and_lies_between_its_bounds() {
        for micros in 0..2_000 {
            let at = Timestamp::from_unix_micros(1_700_000_000_000_000 + micros).unwrap();
            let id = id_of(at);
            assert_eq!(OperationId::from(id).instant(), at);
            let (first, last) = NewOperation::ids_of(at);
            assert!(first <= id && id <= last, "{first} {id} {last}");
            let next =
                NewOperation::ids_of(Timestamp::from_unix_micros(at.unix_micros() + 1).unwrap());
            assert!(last < next.0);
        }
    }

    #[test]
    fn operation_ids_survive_a_conversion_into_text() {
        let at = Timestamp::from_unix_micros(1_700_000_000_000_001).unwrap();
        for id in [OperationId::Uuid(id_of(at)), OperationId::Instant(at)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "yesterday", "2025-02-30T00:00:00.000000Z", "0197f3b2"] {
            assert!(text.parse::<OperationId>().is_err(), "{text}");
        }
    }
}
