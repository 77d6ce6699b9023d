//! One delete call and everything it trashed.

use uuid::Uuid;

use crate::attribution::Attribution;
use crate::clock;
use crate::timestamp::Timestamp;

/// One delete call: its id, its instant, who made it and why.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) attribution: Attribution,
}

impl Operation {
    /// Begins one now, by the clock in force; what `explicit` leaves unsaid is ambient.
    pub(crate) fn begin(explicit: Attribution) -> Self {
        let at = clock::now();
        Self {
            id: id_of(at),
            at,
            attribution: explicit.or(Attribution::current()),
        }
    }
}

/// A UUID v7 whose time is the operation's own, so that ids sort as the deletes happened.
///
/// Version 7 counts from the Unix epoch: an earlier instant, which only a clock set by hand can
/// give, counts as the epoch.
fn id_of(at: Timestamp) -> Uuid {
    let seconds = u64::try_from(at.unix_seconds()).unwrap_or(0);
    let nanos = at.subsec_micros() * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
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
}
