//! One delete call and everything it trashed.

use uuid::{Builder, Uuid};

use crate::attribution::Attribution;
use crate::clock::Clock;
use crate::timestamp::Timestamp;

/// One delete call: its instant, who made it and why. Its id is made where one is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) at: Timestamp,
    pub(crate) attribution: Attribution,
}

impl Operation {
    /// Begins one now, by the clock in force; what `explicit` leaves unsaid is ambient.
    pub(crate) fn begin(explicit: Attribution) -> Self {
        Self {
            at: Clock::current().now(),
            attribution: explicit.or(Attribution::current()),
        }
    }

    /// A new id, which sorts among others as the operations do.
    pub(crate) fn new_id(&self) -> Uuid {
        id_of(self.at)
    }
}

/// A UUID v7 whose time is the operation's own, so that ids sort as the deletes happened.
///
/// The twelve bits after the milliseconds hold the fraction of a millisecond, as RFC 9562,
/// section 6.2, method 3, has it: ids made a microsecond apart still sort. Version 7 counts from
/// the Unix epoch: an earlier instant, which only a clock set by hand can give, counts as the
/// epoch.
fn id_of(at: Timestamp) -> Uuid {
    let micros = u64::try_from(at.unix_micros()).unwrap_or(0);
    let fraction = (micros % 1_000) * 4_096 / 1_000;
    let [.., high, low] = fraction.to_be_bytes();
    // The 62 bits behind the variant are random in both versions.
    let [.., a, b, c, d, e, f, g, h] = Uuid::new_v4().into_bytes();
    Builder::from_unix_timestamp_millis(micros / 1_000, &[high, low, a, b, c, d, e, f, g, h])
        .into_uuid()
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
}
