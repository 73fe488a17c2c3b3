//! How long to wait before something is tried again.

/// Waits that double from try to try, each a random part of the whole ("full jitter"), so that many
/// clients that lost one server do not come back at once.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The longest first wait, in milliseconds.
    first: u64,
    /// The longest of all.
    most: u64,
    tries: u32,
}

impl Backoff {
    /// Waits of up to `first` milliseconds, then up to twice that, and so on up to `most`.
    #[must_use]
    pub const fn new(first: u64, most: u64) -> Self {
        Self { first, most, tries: 0 }
    }

    /// The next wait, in milliseconds, out of a random number.
    #[must_use]
    pub fn next(&mut self, random: u64) -> u64 {
        let doubled = self.first << self.tries.min(20);
        self.tries += 1;
        // Divided in 32 bits, which hold every wait: in JavaScript 64 are long.
        let longest = u32::try_from(doubled.min(self.most)).unwrap_or(u32::MAX - 1);
        u64::from(random as u32 % (longest + 1))
    }

    /// How many waits there were since the last [`Backoff::reset`].
    #[must_use]
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// Begins anew, after a success.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }
}

/// How often a call is made at most, the first time included.
const MOST_TRIES: u32 = 3;
/// How long a server may ask to be waited for, in milliseconds, before that is the caller's affair.
const MOST_PATIENCE: u64 = 5_000;

/// How a try of a call ended without an answer to hand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// Nothing came back; whether the server did its work cannot be known.
    Lost,
    /// The server is there and cannot answer (`503`), or is asked too often (`429`), and says for
    /// how many milliseconds to wait, if it does.
    Later(Option<u64>),
}

/// Whether and when a call is made again.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    backoff: Backoff,
    repeatable: bool,
}

impl Tries {
    /// Of a call that does no harm when it is made twice, or of one that may.
    #[must_use]
    pub const fn new(repeatable: bool) -> Self {
        Self { backoff: Backoff::new(300, 2_000), repeatable }
    }

    /// Whether no other try follows, however this one ends.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        !self.repeatable || self.backoff.tries() + 1 >= MOST_TRIES
    }

    /// How many milliseconds to wait before the next try; nothing where there is none.
    #[must_use]
    pub fn again(&mut self, setback: Setback, random: u64) -> Option<u64> {
        if self.is_last() {
            return None;
        }
        let wait = self.backoff.next(random);
        match setback {
            Setback::Later(Some(asked)) if asked > MOST_PATIENCE => None,
            Setback::Later(Some(asked)) => Some(asked + wait),
            Setback::Lost | Setback::Later(None) => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most() {
        let mut backoff = Backoff::new(250, 30_000);
        let longest: Vec<u64> = (0..70)
            .map(|tries| {
                let bound = (250_u64 << tries.min(20)).min(30_000);
                backoff.next(bound)
            })
            .collect();
        assert_eq!(longest[..8], [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
        assert_eq!(longest[69], 30_000);
        backoff.reset();
        assert_eq!(backoff.next(251), 0, "a random part of the first again");
    }

    #[test]
    fn only_what_is_harmless_is_tried_again_and_not_for_long() {
        assert_eq!(Tries::new(false).again(Setback::Lost, 7), None);
        let mut tries = Tries::new(true);
        assert_eq!(tries.again(Setback::Lost, 7), Some(7));
        assert_eq!(tries.again(Setback::Later(Some(1_000)), 7), Some(1_007));
        assert_eq!(tries.again(Setback::Lost, 7), None, "three times in all");
        assert_eq!(Tries::new(true).again(Setback::Later(Some(900_000)), 7), None);
    }
}
