//! Checks the law for reads: a scoped connection on tables with trashed rows returns the same answers as a
//! plain connection after the trashed rows were physically removed.

/// The name of each read, and its answer as text.
pub(crate) type Answers = Vec<(&'static str, String)>;

/// Collects the answers of the reads, with their names.
macro_rules! answers {
    ($($name:literal: $answer:expr,)*) => { vec![$(($name, format!("{:?}", $answer))),*] };
}
pub(crate) use answers;

/// Runs the reads on a scoped connection that is made in one of three ways, and on a plain connection
/// before and after the trashed rows are removed.
macro_rules! as_if_deleted {
    ($db:ident, $read:ident) => {{
        let scoped = $crate::scoped::rows::blog($db).await;
        let unscoped = $read(&**$db).await?;
        let answers = $read(&scoped).await?;
        let in_a_transaction = $read(&scoped.begin().await?).await?;
        let over_a_transaction = $read(&$db.begin().await?.scoped()).await?;
        $crate::scoped::rows::prune($db).await;
        let expected = $read(&**$db).await?;
        $crate::scoped::answers::differ(&expected, &unscoped);
        $crate::scoped::answers::compare(&expected, &answers, "scoped");
        $crate::scoped::answers::compare(&expected, &in_a_transaction, "in a scoped transaction");
        $crate::scoped::answers::compare(&expected, &over_a_transaction, "a scoped transaction");
    }};
}
pub(crate) use as_if_deleted;

#[track_caller]
pub(crate) fn compare(expected: &Answers, got: &Answers, how: &str) {
    let wrong: String = expected
        .iter()
        .zip(got)
        .filter(|(expected, got)| expected != got)
        .map(|((name, expected), (_, got))| {
            format!("\n{name}:\n  expected {expected}\n       got {got}\n")
        })
        .collect();
    assert!(wrong.is_empty(), "{how}:{wrong}");
    assert_eq!(expected.len(), got.len());
}

/// Asserts that the trashed rows change every answer, because a read without a difference would prove
/// nothing.
#[track_caller]
pub(crate) fn differ(expected: &Answers, unscoped: &Answers) {
    let idle: Vec<_> = expected
        .iter()
        .zip(unscoped)
        .filter(|(expected, unscoped)| expected == unscoped)
        .collect();
    assert!(
        idle.is_empty(),
        "the trash makes no difference to {idle:#?}"
    );
}
