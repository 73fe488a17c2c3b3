//! Where a login's refresh tokens stand, and what a shown one means. No I/O: the storage keeps a
//! [`Rotation`], [`Rotation::step`] decides.

use std::fmt;
use std::time::Duration;

use guildhall_openapi::Timestamp;

/// Spent generations that are remembered. A login that is refreshed more often than this within
/// the grace is taken for stolen; a careful client refreshes once in half an hour.
const REMEMBERED: usize = 100;

/// Where a login's refresh tokens stand. `Debug` leaves the seed out.
#[derive(Clone, PartialEq, Eq)]
pub struct Rotation {
    /// What makes the tokens this login's.
    pub seed: String,
    /// The generation of the present token, counted from 0.
    pub generation: i64,
    /// When the latest generations before it were first spent, oldest first.
    pub spent: Vec<(i64, Timestamp)>,
    /// When the login was last seen.
    pub seen_at: Timestamp,
}

/// What a shown refresh token of a generation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was the present one and is now spent.
    Advance,
    /// It was spent a moment ago: an answer was lost, or two tabs asked at once.
    Repeat,
    /// It was spent long ago, so two parties hold it.
    Stolen,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generation, spent, seen_at, .. } = self;
        let mut rotation = f.debug_struct("Rotation");
        rotation.field("generation", generation).field("spent", spent).field("seen_at", seen_at);
        rotation.finish_non_exhaustive()
    }
}

impl Rotation {
    /// A login's first generation.
    #[must_use]
    pub fn new(seed: String) -> Self {
        Self { seed, generation: 0, spent: Vec::new(), seen_at: Timestamp::from_micros(0) }
    }

    /// Judges a genuine token of `generation` and spends it if it is the present one.
    pub fn step(&mut self, generation: i64, now: Timestamp, grace: Duration) -> Step {
        let since = now.before(grace);
        if generation == self.generation {
            self.spent.retain(|(_, at)| *at >= since);
            if self.spent.len() == REMEMBERED {
                self.spent.remove(0);
            }
            self.spent.push((generation, now));
            self.generation += 1;
            return Step::Advance;
        }
        match self.spent.iter().find(|(spent, _)| *spent == generation) {
            Some((_, at)) if *at >= since => Step::Repeat,
            _ => Step::Stolen,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).after(Duration::from_secs(secs))
    }

    #[test]
    fn a_spent_token_repeats_within_the_grace_of_its_own_first_use() {
        let mut rotation = Rotation::new("seed".into());
        assert_eq!(rotation.step(0, at(0), GRACE), Step::Advance);
        assert_eq!(rotation.step(1, at(10), GRACE), Step::Advance);
        assert_eq!(rotation.step(0, at(30), GRACE), Step::Repeat, "the present one is two on");
        assert_eq!(rotation.step(0, at(31), GRACE), Step::Stolen);
        assert_eq!(rotation.step(1, at(40), GRACE), Step::Repeat);
        assert_eq!(rotation.generation, 2);
    }

    #[test]
    fn what_was_never_issued_is_stolen() {
        let mut rotation = Rotation::new("seed".into());
        assert_eq!(rotation.step(1, at(0), GRACE), Step::Stolen);
        assert_eq!(rotation.step(-1, at(0), GRACE), Step::Stolen);
    }

    proptest! {
        /// However many tabs ask in whatever order within the grace, there is one successor a
        /// generation and nobody is called a thief.
        #[test]
        fn nobody_is_signed_out_within_the_grace(shown in prop::collection::vec(0u8..4, 1..60)) {
            let mut rotation = Rotation::new("seed".into());
            for (second, back) in shown.iter().enumerate() {
                let now = at(second as u64 / 4);
                let generation = (rotation.generation - i64::from(*back)).max(0);
                let before = rotation.generation;
                let step = rotation.step(generation, now, GRACE);
                prop_assert_ne!(step, Step::Stolen);
                prop_assert_eq!(rotation.generation - before, i64::from(step == Step::Advance));
            }
        }
    }
}
