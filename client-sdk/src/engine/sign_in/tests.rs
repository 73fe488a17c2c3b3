use super::*;

fn login(number: u64, obtained_at: Millis) -> SavedLogin {
    SavedLogin {
        access_token: format!("a{number}"),
        refresh_token: format!("r{number}"),
        signed_in_at: 0,
        obtained_at,
        lifetime: 100_000,
    }
}

fn usable(number: u64) -> Access {
    Access::Use(format!("a{number}"))
}

#[test]
fn tokens_are_renewed_shortly_before_they_end_and_when_the_clock_went_back() {
    let sign_in = SignIn::new(Some(login(1, 1_000)));
    assert_eq!(sign_in.ready(1_000), Some(usable(1)));
    assert_eq!(sign_in.ready(90_999), Some(usable(1)));
    assert_eq!(sign_in.ready(91_000), None);
    assert_eq!(sign_in.ready(999), None);
    assert_eq!(SignIn::default().ready(0), Some(Access::SignedOut));
}

#[test]
fn a_failed_early_renewal_leaves_the_token_in_use() {
    let stored = Some(login(1, 0));
    let mut sign_in = SignIn::new(stored.clone());
    assert_eq!(sign_in.access(stored.clone(), 95_000).0, Access::Renew("r1".into()));
    assert_eq!(
        sign_in.renewed("r1", Renewal::Failed, stored.clone(), 95_000),
        (Store::Leave, None)
    );
    assert_eq!(sign_in.ready(95_001), Some(usable(1)));
    assert_eq!(sign_in.access(stored, 100_000).0, Access::Renew("r1".into()), "it rests no more");
}

#[test]
fn a_refused_token_is_renewed_whatever_the_clock_says() {
    let stored = Some(login(1, 0));
    let mut sign_in = SignIn::new(stored.clone());
    sign_in.refused("a1");
    assert_eq!(sign_in.access(stored.clone(), 1).0, Access::Renew("r1".into()));
    let mut sign_in = SignIn::new(stored);
    sign_in.refused("a0");
    assert_eq!(sign_in.ready(1), Some(usable(1)), "that was an older one");
}

#[test]
fn after_a_failed_renewal_there_is_another_however_young_the_token_is() {
    let stored = Some(login(1, 1_000));
    let mut sign_in = SignIn::new(stored.clone());
    // The clock went back, and forward again once the answer was lost.
    assert_eq!(sign_in.access(stored.clone(), 0).0, Access::Renew("r1".into()));
    let _ = sign_in.renewed("r1", Renewal::Failed, stored.clone(), 1_000);
    assert_eq!(sign_in.ready(1_001), Some(usable(1)), "it rests");
    assert_eq!(sign_in.access(stored, 1_000 + COOL_DOWN).0, Access::Renew("r1".into()));
}

#[test]
fn a_clock_that_goes_back_makes_no_rest_longer() {
    let stored = Some(login(1, 0));
    let mut sign_in = SignIn::new(stored.clone());
    let _ = sign_in.renewed("r1", Renewal::Failed, stored, 95_000);
    assert_eq!(sign_in.ready(95_000), Some(usable(1)));
    assert_eq!(sign_in.ready(94_999), None);
}

#[test]
fn what_another_tab_wrote_holds() {
    let mut sign_in = SignIn::new(Some(login(1, 0)));
    let (access, change) = sign_in.access(Some(login(2, 99_000)), 99_000);
    assert_eq!((access, change), (usable(2), Some(Change::Renewed)));
    for renewal in [Renewal::Granted(login(3, 0)), Renewal::Refused, Renewal::Failed] {
        let mut sign_in = SignIn::new(Some(login(1, 0)));
        let end = sign_in.renewed("r1", renewal.clone(), Some(login(2, 0)), 0);
        assert_eq!(end, (Store::Leave, Some(Change::Renewed)), "{renewal:?}");
        assert_eq!(sign_in.held(), Some(&login(2, 0)));
        let mut sign_in = SignIn::new(Some(login(1, 0)));
        let end = sign_in.renewed("r1", renewal.clone(), None, 0);
        assert_eq!(end, (Store::Leave, Some(Change::SignedOut)), "{renewal:?}");
    }
}

#[test]
fn another_login_in_the_store_is_no_renewal() {
    let mut sign_in = SignIn::new(Some(login(1, 0)));
    let other = SavedLogin { signed_in_at: 7, ..login(2, 7) };
    assert_eq!(sign_in.adopt(Some(other)), Some(Change::SignedIn));
}

#[test]
fn a_late_answer_brings_nobody_back() {
    let mut sign_in = SignIn::new(Some(login(1, 0)));
    assert_eq!(sign_in.sign_out(), Some(login(1, 0)));
    let late = Renewal::Granted(login(2, 0));
    assert_eq!(sign_in.renewed("r1", late, None, 0), (Store::Leave, None));
    assert_eq!(sign_in.ready(0), Some(Access::SignedOut));
}

#[test]
fn nothing_secret_is_shown() {
    let mut sign_in = SignIn::new(Some(login(77, 0)));
    sign_in.refused("a77");
    assert!(!format!("{sign_in:?}").contains("77"));
}
