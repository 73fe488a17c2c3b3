//! Tokens of all keys: what is taken, and what is not.

use std::time::Duration;

use super::*;

const ED25519: &str = include_str!("fixtures/ed25519.pem");
const P256: &str = include_str!("fixtures/p256.pem");
const P384: &str = include_str!("fixtures/p384.pem");
const RSA2048: &str = include_str!("fixtures/rsa2048.pem");
const RSA1024: &str = include_str!("fixtures/rsa1024.pem");
/// Keys as OpenSSL writes them, private and public.
const PAIRS: [(PairAlgorithm, &str, &str); 3] = [
    (PairAlgorithm::EdDsa, ED25519, include_str!("fixtures/ed25519.pub.pem")),
    (PairAlgorithm::Es256, P256, include_str!("fixtures/p256.pub.pem")),
    (PairAlgorithm::Rs256, RSA2048, include_str!("fixtures/rsa2048.pub.pem")),
];

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn keys() -> TokenKeys {
    TokenKeys::new(b"a secret of at least 32 bytes....", Signing::Hs256)
}

fn token(keys: &TokenKeys) -> String {
    let (user, login) = (UserId::new(7).unwrap(), LoginId::new(9).unwrap());
    keys.access(user, login, NOW, NOW.after(Duration::from_secs(1800))).unwrap()
}

#[test]
fn a_token_is_good_for_its_time_and_some_leeway() {
    let (keys, late) = (keys(), |secs| NOW.after(Duration::from_secs(secs)));
    let access = keys.read_access(&token(&keys), NOW).unwrap();
    assert_eq!((access.user.get(), access.login.get()), (7, 9));
    assert!(keys.read_access(&token(&keys), late(1804)).is_some());
    assert!(keys.read_access(&token(&keys), late(1805)).is_none());
    assert!(keys.read_access(&token(&keys), NOW.before(Duration::from_secs(6))).is_none());
}

#[test]
fn other_keys_algorithms_and_changed_tokens_are_refused() {
    let (keys, token) = (keys(), token(&keys()));
    for other in [
        TokenKeys::new(b"another secret of 32 bytes or more", Signing::Hs256),
        TokenKeys::new(b"a secret of at least 32 bytes....", Signing::Hs512),
    ] {
        assert!(other.read_access(&token, NOW).is_none());
    }
    let parts: Vec<_> = token.split('.').collect();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let admin = URL_SAFE_NO_PAD.encode(claims.replace("\"7\"", "\"1\""));
    for bad in [
        format!("{none}.{}.", parts[1]),
        format!("{}.{admin}.{}", parts[0], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        String::new(),
        "é".into(),
    ] {
        assert!(keys.read_access(&bad, NOW).is_none(), "{bad}");
    }
}

/// A header that says where a key is to be had, or that it is the key: signed as it should be, so that only the
/// header is to blame (RFC 7515, 4.1; OWASP ASVS 5.0, 9.1.3).
#[test]
fn a_header_that_is_not_to_the_letter_ours_is_refused() {
    let keys = keys();
    let good = token(&keys);
    let claims = good.split('.').nth(1).unwrap();
    let ours = serde_json::to_value(&keys.header).unwrap();
    let signed = |header: &serde_json::Value| {
        let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
        let algorithm = keys.header.alg;
        let mac = jsonwebtoken::crypto::sign(message.as_bytes(), &keys.encoding, algorithm);
        format!("{message}.{}", mac.unwrap())
    };
    for (name, value) in [
        ("jku", "https://evil.example/keys"),
        ("x5u", "https://evil.example/key.pem"),
        ("jwk", "{}"),
        ("kid", "../../dev/null"),
        ("typ", "at+jwt"),
    ] {
        let mut header = ours.clone();
        header[name] = value.into();
        assert!(keys.read_access(&signed(&header), NOW).is_none(), "{name}");
    }
    // Signed in the same way, so it is not the signature that is refused above.
    let message = good.rsplit_once('.').unwrap().0;
    let mac = jsonwebtoken::crypto::sign(message.as_bytes(), &keys.encoding, keys.header.alg);
    assert!(keys.read_access(&format!("{message}.{}", mac.unwrap()), NOW).is_some());
}

#[test]
fn a_refresh_token_can_be_made_again_and_not_guessed() {
    let (keys, login) = (keys(), LoginId::new(9).unwrap());
    let token = keys.refresh(login, 3, "seed");
    assert_eq!(token, keys.refresh(login, 3, "seed"));
    let shown = ShownRefresh::read(&token).unwrap();
    assert!(shown.is_genuine(&keys, "seed"));
    assert!(!shown.is_genuine(&keys, "another seed"));
    let forged = ShownRefresh::read(&token.replace(".3.", ".4.")).unwrap();
    assert!(!forged.is_genuine(&keys, "seed"));
    for bad in ["", "gr1", "gr1.9.3", "gr1.0.3.AAAA", "gr2.9.3.AAAA", "gr1.9.3.AAAA.5", "gr1.9.3.!"]
    {
        assert!(ShownRefresh::read(bad).is_none(), "{bad}");
    }
}

#[test]
fn what_the_previous_key_made_is_good_and_new_ones_are_the_present_keys() {
    let login = LoginId::new(9).unwrap();
    let (old, new) =
        (keys(), TokenKeys::new(b"the next secret, of 32 bytes or more", Signing::Hs256));
    let rotated = TokenKeys::new(b"the next secret, of 32 bytes or more", Signing::Hs256)
        .with_previous(b"a secret before all these, of 32 bytes")
        .with_previous(b"a secret of at least 32 bytes....");
    assert!(rotated.read_access(&token(&old), NOW).is_some());
    assert!(new.read_access(&token(&old), NOW).is_none(), "without the previous key");
    assert!(new.read_access(&token(&rotated), NOW).is_some(), "made with the present key");
    assert!(old.read_access(&token(&rotated), NOW).is_none());

    let shown = |keys: &TokenKeys| ShownRefresh::read(&keys.refresh(login, 3, "seed")).unwrap();
    assert!(shown(&old).is_genuine(&rotated, "seed"));
    assert!(!shown(&old).is_genuine(&rotated, "another seed"));
    assert!(!shown(&old).is_genuine(&new, "seed"));
    assert!(shown(&rotated).is_genuine(&new, "seed"));

    assert_eq!(rotated.fingerprint("text"), new.fingerprint("text"));
    assert!(rotated.previous_fingerprints("text").contains(&old.fingerprint("text")));
}

#[test]
fn a_pair_signs_and_both_forms_of_it_check() {
    for (algorithm, private, public) in PAIRS {
        let pair = || KeyPair::from_pem(algorithm, private.as_bytes()).unwrap();
        let secret = || TokenKeys::new(b"a secret of at least 32 bytes....", Signing::Hs256);
        let signed = secret().signed_by(pair(), Vec::new()).unwrap();
        let made = token(&signed);
        assert_eq!(signed.read_access(&made, NOW).unwrap().user.get(), 7, "{algorithm:?}");
        assert!(keys().read_access(&made, NOW).is_none());
        assert!(signed.read_access(&token(&keys()), NOW).is_none(), "the secret signs no longer");
        let refresh = ShownRefresh::read(&signed.refresh(LoginId::FIRST, 0, "s")).unwrap();
        assert!(refresh.is_genuine(&keys(), "s"), "what is no access token is the secret's");

        let [key] = &signed.public().keys[..] else { panic!("{:?}", signed.public()) };
        let header = jsonwebtoken::decode_header(&made).unwrap();
        assert_eq!(header.kid.as_ref(), Some(&key.kid));
        let public = PublicKey::from_pem(algorithm, public.as_bytes()).unwrap();
        assert_eq!(&public.jwk, key);
        assert_eq!(PublicKey::from_pem(algorithm, private.as_bytes()).unwrap().jwk, *key);

        // Whoever takes the public key for a secret signs with it and hopes that it is taken for one.
        for secret in [serde_json::to_string(&key).unwrap(), key.x.clone().unwrap_or_default()] {
            let claims = made.split('.').nth(1).unwrap();
            let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
            let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
            let secret = EncodingKey::from_secret(secret.as_bytes());
            let header = super::header(Algorithm::HS256, &key.kid);
            let forged = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
            assert!(signed.read_access(&forged, NOW).is_none());
            let begin = made.split('.').next().unwrap();
            let rest = forged.split_once('.').unwrap().1;
            assert!(signed.read_access(&format!("{begin}.{rest}"), NOW).is_none());
        }
    }
}

#[test]
fn the_pair_before_is_taken_while_it_is_named() {
    let other = KeyPair::from_pem(PairAlgorithm::Rs256, RSA2048.as_bytes()).unwrap();
    let mixed = keys().signed_by(other, vec![public(PairAlgorithm::EdDsa, ED25519)]);
    assert_eq!(mixed.err(), Some(KeyError::Kind(PairAlgorithm::Rs256)));

    let fresh = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    let fresh = fresh.to_pkcs8v1().unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(fresh.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let pair = |pem: &str| KeyPair::from_pem(PairAlgorithm::EdDsa, pem.as_bytes()).unwrap();
    let before = keys().signed_by(pair(ED25519), Vec::new()).unwrap();
    let previous = vec![public(PairAlgorithm::EdDsa, ED25519)];
    let after = keys().signed_by(pair(&pem), previous).unwrap();
    assert!(after.read_access(&token(&before), NOW).is_some());
    assert!(before.read_access(&token(&after), NOW).is_none());
    let kids: Vec<_> = after.public().keys.iter().map(|key| &key.kid).collect();
    assert_eq!((kids.len(), kids[1]), (2, &before.public().keys[0].kid));
}

fn public(algorithm: PairAlgorithm, pem: &str) -> PublicKey {
    PublicKey::from_pem(algorithm, pem.as_bytes()).unwrap()
}

#[test]
fn a_key_that_does_not_fit_is_told_apart() {
    let all = PAIRS.map(|(algorithm, ..)| algorithm);
    for (fits, private, public) in PAIRS {
        for algorithm in all.into_iter().filter(|other| *other != fits) {
            let why = Some(KeyError::Kind(algorithm));
            assert_eq!(KeyPair::from_pem(algorithm, private.as_bytes()).err(), why, "{fits:?}");
            assert_eq!(PublicKey::from_pem(algorithm, public.as_bytes()).err(), why, "{fits:?}");
        }
        assert_eq!(KeyPair::from_pem(fits, public.as_bytes()).err(), Some(KeyError::Form));
        let cut = private.replace("\nM", "\nN");
        assert!(KeyPair::from_pem(fits, cut.as_bytes()).is_err());
    }
    let other_curve = KeyPair::from_pem(PairAlgorithm::Es256, P384.as_bytes());
    assert_eq!(other_curve.err(), Some(KeyError::Kind(PairAlgorithm::Es256)));
    let public = include_str!("fixtures/rsa1024.pub.pem");
    for short in [RSA1024, public] {
        let why = PublicKey::from_pem(PairAlgorithm::Rs256, short.as_bytes()).err();
        assert_eq!(why, Some(KeyError::Short));
    }
    for bad in ["", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nAAAA"] {
        for algorithm in all {
            assert!(KeyPair::from_pem(algorithm, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
