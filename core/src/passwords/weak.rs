//! Which passwords are too easy to guess: the most used ones, and the owner's own names
//! (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.4, 6.2.11).

use zxcvbn::zxcvbn;

/// Guesses that a patient attacker makes: a password found within so many is refused.
const GUESSES: u64 = 20_000;

/// How many characters are judged. zxcvbn tries every way to read symbols as letters: 128 characters
/// made for it take seconds, 20 some milliseconds. What is long is not made weaker by its rest.
const JUDGED: usize = 20;

pub(super) fn is_weak(password: &str, personal: &[String]) -> bool {
    let folded = password.to_lowercase();
    let own = personal.iter().any(|word| word.trim().to_lowercase() == folded.trim());
    let begin: String = password.chars().take(JUDGED).collect();
    let password = begin.as_str();
    own || zxcvbn(password, &personal.iter().map(String::as_str).collect::<Vec<_>>()).guesses()
        < GUESSES
}

#[cfg(test)]
mod tests {
    use super::is_weak;

    #[test]
    fn the_most_used_and_the_owners_names_are_weak() {
        let personal = ["alice.liddell".to_owned(), "alice.liddell@example.org".to_owned()];
        for weak in [
            "password",
            "12345678",
            "qwertyuiop",
            "PASSWORD1",
            "iloveyou",
            "aaaaaaaaaa",
            "p@ssw0rd",
            "alice.liddell",
            "Alice.Liddell@example.org",
        ] {
            assert!(is_weak(weak, &personal), "{weak}");
        }
    }

    #[test]
    fn others_are_not() {
        for strong in
            ["plum-orbit-velvet", "x7#qLw!2zR", "Tr0ub4dor&3", "un mot de passe", "correcthorse"]
        {
            assert!(!is_weak(strong, &[]), "{strong}");
        }
    }

    #[test]
    fn what_is_made_to_be_judged_for_long_is_judged_by_its_beginning() {
        let hostile = "4@8({[<369&#!1/|0$5+7%2zs".repeat(6);
        assert_eq!(is_weak(&hostile, &[]), is_weak(&hostile[..20], &[]));
        assert!(is_weak(&"a".repeat(128), &[]));
    }
}
