//! The choices that decide a generated case.

/// A list of numbers, each of which decides one choice.
///
/// After the end of the list every number is 0, and 0 always makes the simplest choice. So a shorter list
/// of smaller numbers makes a simpler case, and code that shrinks a list of numbers also shrinks the case.
#[derive(Clone)]
pub(super) struct Choices<'a> {
    rest: std::slice::Iter<'a, u16>,
}

impl<'a> Choices<'a> {
    pub(super) fn new(numbers: &'a [u16]) -> Self {
        Self {
            rest: numbers.iter(),
        }
    }

    /// A number below `end`, which grows with the next number of the list.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = self.rest.next().copied().unwrap_or(0);
        (usize::from(number) * end) >> 16
    }

    /// True in one of `times` cases.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    pub(super) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }
}
