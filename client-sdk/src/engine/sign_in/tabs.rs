//! A few tabs, one store, and a network that is as bad as it may be: nobody is signed out without a
//! reason, and nobody comes back.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

pub(crate) mod server;
mod world;

use world::{SKEW, World};

#[derive(Clone, Debug)]
enum Action {
    Call(usize),
    Deliver(usize),
    Lose(usize),
    Notice(usize),
    Reload(usize),
    SignOut(usize),
    SignIn(usize),
    Pass(u64),
    Sleep(u64),
    Jump(i64),
    FallOrRise,
    Revoke,
}

/// Out of two numbers: which action it is, one as often as it stands there, and with what.
fn action((which, of): (usize, u32)) -> Action {
    let any = of as usize;
    let between = |least: i64, most: i64| least + i64::from(of) % (most - least);
    let millis = |least, most| between(least, most).unsigned_abs();
    match which {
        0..16 => Action::Call(any),
        16..32 => Action::Deliver(any),
        32..35 => Action::Lose(any),
        35..39 => Action::Notice(any),
        39..41 => Action::Reload(any),
        41..42 => Action::SignOut(any),
        42..46 => Action::SignIn(any),
        46..54 => Action::Pass(millis(1, 10_000)),
        54..57 => Action::Pass(millis(10_000, 150_000)),
        57..58 => Action::Sleep(millis(100_000, 10_000_000)),
        58..60 => Action::Jump(between(-2 * SKEW, 2 * SKEW)),
        60..63 => Action::Jump(between(-60_000, 20_000)),
        63..64 => Action::FallOrRise,
        _ => Action::Revoke,
    }
}

/// Drawn as numbers, which is many times quicker than a strategy for each kind.
fn actions() -> impl Strategy<Value = Vec<Action>> {
    prop::collection::vec((0..65_usize, any::<u32>()), 1..150)
        .prop_map(|drawn| drawn.into_iter().map(action).collect())
}

fn run(world: &mut World, tabs: usize, actions: Vec<Action>) {
    for action in actions {
        match action {
            Action::Call(tab) => world.call(tab % tabs),
            Action::Deliver(index) => world.deliver(index),
            Action::Lose(index) => world.lose(index),
            Action::Notice(tab) => world.notice(tab % tabs),
            Action::Reload(tab) => world.reload(tab % tabs),
            Action::SignOut(tab) => world.sign_out(tab % tabs),
            Action::SignIn(tab) => world.sign_in(tab % tabs),
            Action::Pass(millis) => world.pass(millis),
            Action::Sleep(millis) => world.sleep(millis),
            Action::Jump(skew) => world.jump(skew),
            Action::FallOrRise => world.fall_or_rise(),
            Action::Revoke => world.revoke(),
        }
    }
    world.check();
}

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(7);
    ProptestConfig { cases: 2000, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// Two minutes, or half an hour, as the server has it where nothing is said.
fn lifetime() -> impl Strategy<Value = u64> {
    prop_oneof![Just(120_000), Just(1_800_000)]
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the clock does, too.
    #[test]
    fn tabs_stay_signed_in_until_someone_ends_it(
        tabs in 2..=5_usize,
        lifetime in lifetime(),
        skew in -SKEW..SKEW,
        actions in actions(),
    ) {
        let mut world = World::new(tabs, lifetime, skew);
        world.sign_in(0);
        run(&mut world, tabs, actions);
    }

    /// On a clock that is wrong and steady, tokens are not used to their very end, and not renewed
    /// early.
    #[test]
    fn on_a_steady_clock_tokens_are_renewed_once_when_they_grow_old(
        tabs in 2..=5_usize,
        lifetime in lifetime(),
        skew in -SKEW..SKEW,
        actions in actions(),
    ) {
        let mut world = World::new(tabs, lifetime, skew);
        world.sign_in(0);
        let actions = actions.into_iter().filter(|action| !matches!(action, Action::Jump(_)));
        run(&mut world, tabs, actions.collect());
    }
}
