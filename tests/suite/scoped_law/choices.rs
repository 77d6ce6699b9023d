//! The choices that a case is made of.

/// Numbers that are asked for one after the other, each deciding one thing.
///
/// Where they end, all that follow are 0, and 0 is always the simplest answer: so a shorter list
/// of smaller numbers is a simpler case, and whatever shrinks a list of numbers shrinks a case.
pub(super) struct Choices<'a> {
    rest: std::slice::Iter<'a, u16>,
}

impl<'a> Choices<'a> {
    pub(super) fn new(numbers: &'a [u16]) -> Self {
        Self {
            rest: numbers.iter(),
        }
    }

    /// A number below `end`, which grows with the number that decides it.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = self.rest.next().copied().unwrap_or(0);
        (usize::from(number) * end) >> 16
    }

    /// Whether to do what is done once in so many times.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    pub(super) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }
}
