//! Which passwords are too easy to guess: the most used ones, and the owner's own names
//! (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.4, 6.2.11).

use zxcvbn::zxcvbn;

/// Guesses that a patient attacker makes: a password found within so many is refused.
const GUESSES: u64 = 20_000;

/// How many characters are judged. zxcvbn tries every way to read symbols as letters: 128 characters
/// made for it take seconds, 20 some milliseconds. What is long is not made weaker by its rest.
const JUDGED: usize = 20;

/// How many characters beside a name do not make a password of it.
const SPARE: usize = 2;

/// What every account's enemies try: the name of the service.
const SERVICE: &str = "guildhall";

/// Whether a password is easy to guess; `personal` are its owner's names. What is judged is that, and
/// nothing of which characters it is made (NIST SP 800-63B-4, 3.1.1.2).
pub(crate) fn is_weak(password: &str, personal: &[String]) -> bool {
    let words = personal.iter().map(String::as_str).chain([SERVICE]);
    let folded = password.to_lowercase();
    let names = words.clone().map(|word| word.trim().to_lowercase());
    let mut names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    // An address holds a name.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let rest = names.iter().fold(folded.clone(), |rest, name| rest.replace(name, ""));
    let own = rest.len() < folded.len() && rest.chars().count() <= SPARE;
    let begin: String = password.chars().take(JUDGED).collect();
    own || zxcvbn(&begin, &words.collect::<Vec<_>>()).guesses() < GUESSES
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
            "alice.liddell1!",
            "alice.liddellalice.liddell",
            "alice.liddell@example.org alice.liddell",
            "guildhall",
            "Guildhall1",
            "guildhall guildhall guildhall",
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
