//! The keys that sign tokens: exchanged without signing anyone out, and public where they can be.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_client::Call;
use guildhall_openapi::logins::{Refresh, RefreshTokens};
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{ErrorCode, Tokens};
use serde_json::Value;

use crate::support::{Api, Folder, Refused as _, Reply, account};

// Without commas, which part one from the next.
const FIRST: &str = "the first key of thirty-two bytes and more";
const SECOND: &str = "the second key of thirty-two bytes and more";

const KEYS: [(&str, &str, &str); 3] = [
    (
        "EdDSA",
        include_str!("../../../../core/src/tokens/fixtures/ed25519.pem"),
        include_str!("../../../../core/src/tokens/fixtures/ed25519.pub.pem"),
    ),
    (
        "ES256",
        include_str!("../../../../core/src/tokens/fixtures/p256.pem"),
        include_str!("../../../../core/src/tokens/fixtures/p256.pub.pem"),
    ),
    (
        "RS256",
        include_str!("../../../../core/src/tokens/fixtures/rsa2048.pem"),
        include_str!("../../../../core/src/tokens/fixtures/rsa2048.pub.pem"),
    ),
];
const WEAK: &str = include_str!("../../../../core/src/tokens/fixtures/rsa1024.pem");

async fn refresh(api: &Api, tokens: &Tokens) -> Result<Tokens, guildhall_client::Error> {
    let refresh = Refresh { refresh_token: tokens.refresh_token.clone() };
    api.send(Call::<RefreshTokens>::to(&[]).body(&refresh)).await
}

/// Asks for the same event again and again; the body of the answer.
async fn create_event(api: &Api, tokens: &Tokens) -> String {
    let body = serde_json::json!({
        "title": "Party", "description": "", "date": "2027-01-01T00:00:00Z", "location": "",
    });
    let request = api.request("POST", "/events").bearer_auth(&*tokens.access_token);
    let request = request.header("Idempotency-Key", "the-party").json(&body);
    let reply = Reply::to(request).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

async fn is_signed_in(api: &Api, tokens: &Tokens) -> bool {
    api.with_token(&tokens.access_token).get("/auth/me").await.status == 200
}

#[tokio::test]
async fn a_new_secret_signs_nobody_out_while_the_old_one_is_named() {
    let folder = Folder::new();
    let running = folder.serve(&[("SECRET_KEY", FIRST)]);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let old = api.log_in("alice").await;
    let event = create_event(&api, &old).await;
    let cursor =
        api.with_token(&old.access_token).sync(&SyncQuery::default()).await.unwrap().cursor;
    running.kill();

    // As a file with a line for each has it.
    let previous = format!("another key of thirty-two bytes and more,\n {FIRST}\n");
    let both = [("SECRET_KEY", SECOND), ("SECRET_KEY_PREVIOUS", previous.as_str())];
    let running = folder.serve(&both);
    let api = running.api().await;
    assert!(is_signed_in(&api, &old).await);
    assert_eq!(create_event(&api, &old).await, event, "the first answer again");
    let query = SyncQuery { cursor: Some(cursor), ..SyncQuery::default() };
    let news = api.with_token(&old.access_token).sync(&query).await.unwrap();
    assert!(news.frames.is_empty(), "the cursor is still its reader's: {:?}", news.frames);
    let new = refresh(&api, &old).await.unwrap();
    running.kill();

    let running = folder.serve(&[("SECRET_KEY", SECOND)]);
    let api = running.api().await;
    assert!(is_signed_in(&api, &new).await);
    assert!(!is_signed_in(&api, &old).await, "the old key is forgotten");
    refresh(&api, &old).await.refused(ErrorCode::InvalidRefreshToken);
    refresh(&api, &new).await.unwrap();
}

#[tokio::test]
async fn whoever_has_the_public_keys_alone_can_check_a_token() {
    for (algorithm, private, public) in KEYS {
        let folder = Folder::new();
        folder.write("key.pem", private);
        folder.write("public.pem", public);
        set_permissions(folder.path().join("key.pem"), Permissions::from_mode(0o600)).unwrap();
        let variables = [("ALGORITHM", algorithm), ("SIGNING_KEY_FILE", "key.pem")];
        let running = folder.serve(&variables);
        assert_eq!(running.stderr(), "");
        let api = running.api().await;
        api.auth().sign_up(&account("alice")).await.unwrap();
        let tokens = api.log_in("alice").await;
        assert!(is_signed_in(&api, &tokens).await);
        refresh(&api, &tokens).await.unwrap();

        let served = api.get("/.well-known/jwks.json").await;
        assert_eq!(
            (served.status, &served.headers["cache-control"]),
            (200, &"public, max-age=300".parse().unwrap())
        );
        let set: Value = serde_json::from_str(&served.body).unwrap();
        let token = tokens.access_token.as_str();
        assert!(verifies(token, &set), "{algorithm}: {set}");
        let (begin, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = begin.split_once('.').unwrap();
        let other =
            URL_SAFE_NO_PAD.encode(r#"{"sub":"1","login":1,"jti":"","iat":0,"exp":9999999999}"#);
        assert!(!verifies(&format!("{header}.{other}.{signature}"), &set));
        for secret in ["\"d\"", "\"p\"", "\"q\""] {
            assert!(!served.body.contains(secret), "{}", served.body);
        }
    }
}

/// A verifier that knows RFC 7515, 7517 and 7518, and nothing of this program.
fn verifies(token: &str, set: &Value) -> bool {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let header = bytes(message.split('.').next().unwrap());
    let header: Value = serde_json::from_slice(&header).unwrap();
    let is_it = |key: &&Value| key["kid"] == header["kid"] && key["alg"] == header["alg"];
    let key = set["keys"].as_array().unwrap().iter().find(is_it).unwrap();
    assert_eq!(key["use"], "sig");
    let member = |name: &str| bytes(key[name].as_str().unwrap());
    let (message, signature) = (message.as_bytes(), bytes(signature));
    let verdict = match (key["kty"].as_str().unwrap(), key["crv"].as_str()) {
        ("OKP", Some("Ed25519")) => {
            UnparsedPublicKey::new(&ED25519, member("x")).verify(message, &signature)
        }
        ("EC", Some("P-256")) => {
            let point = [vec![4], member("x"), member("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &signature)
        }
        ("RSA", None) => RsaPublicKeyComponents { n: member("n"), e: member("e") }.verify(
            &RSA_PKCS1_2048_8192_SHA256,
            message,
            &signature,
        ),
        other => panic!("{other:?}"),
    };
    verdict.is_ok()
}

#[test]
fn keys_that_do_not_fit_stop_the_start_by_name() {
    let [(_, ed25519, _), (_, p256, public), (_, rsa, _)] = KEYS;
    for (algorithm, key, previous, words) in [
        ("EdDSA", None, None, "SIGNING_KEY_FILE: it is not set"),
        ("HS256", Some(ed25519), None, "SIGNING_KEY_FILE: it needs ALGORITHM="),
        ("HS256", None, Some(ed25519), "SIGNING_KEY_FILE_PREVIOUS: it needs ALGORITHM="),
        ("EdDSA", Some(p256), None, "SIGNING_KEY_FILE: key.pem: its key is not one for EdDSA"),
        ("ES256", Some(rsa), None, "SIGNING_KEY_FILE: key.pem: its key is not one for ES256"),
        ("RS256", Some(ed25519), None, "SIGNING_KEY_FILE: key.pem: its key is not one for RS256"),
        ("RS256", Some(WEAK), None, "SIGNING_KEY_FILE: key.pem: its RSA key has fewer than 2048"),
        ("ES256", Some(public), None, "SIGNING_KEY_FILE: key.pem: it holds no key as"),
        ("ES256", Some(p256), Some(rsa), "SIGNING_KEY_FILE_PREVIOUS: previous.pem: its key is"),
        ("ES256", Some("hush"), None, "SIGNING_KEY_FILE: key.pem: it holds no key as"),
    ] {
        let folder = Folder::new();
        let mut variables = vec![("PORT", "0"), ("ALGORITHM", algorithm)];
        let files = [
            ("SIGNING_KEY_FILE", "key.pem", key),
            ("SIGNING_KEY_FILE_PREVIOUS", "previous.pem", previous),
        ];
        for (name, file, pem) in files {
            let Some(pem) = pem else { continue };
            folder.write(file, pem);
            set_permissions(folder.path().join(file), Permissions::from_mode(0o600)).unwrap();
            variables.push((name, file));
        }
        let ended = folder.run(&[], &variables, "");
        ended.refused(words);
        for line in [ed25519, p256, rsa, WEAK].iter().flat_map(|pem| pem.lines()) {
            assert!(line.starts_with("-----") || !ended.stderr.contains(line), "{}", ended.stderr);
        }
    }
    let missing = [("PORT", "0"), ("ALGORITHM", "EdDSA"), ("SIGNING_KEY_FILE", "nowhere.pem")];
    Folder::new().run(&[], &missing, "").refused("SIGNING_KEY_FILE: nowhere.pem");
}

#[tokio::test]
async fn a_key_that_others_can_read_is_warned_of_and_the_one_before_still_counts() {
    let folder = Folder::new();
    let [(algorithm, private, public), ..] = KEYS;
    folder.write("old.pem", private);
    let old = [("ALGORITHM", algorithm), ("SIGNING_KEY_FILE", "old.pem"), ("SECRET_KEY", FIRST)];
    set_permissions(folder.path().join("old.pem"), Permissions::from_mode(0o644)).unwrap();
    let running = folder.serve(&old);
    let warning = running.stderr();
    assert!(
        warning.starts_with("warning: SIGNING_KEY_FILE: old.pem can be read by others"),
        "{warning}"
    );
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let tokens = api.log_in("alice").await;
    running.kill();

    let pair = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    let pair = pair.to_pkcs8v1().unwrap();
    let pair = base64::engine::general_purpose::STANDARD.encode(pair.as_ref());
    folder.write(
        "new.pem",
        &format!("-----BEGIN PRIVATE KEY-----\n{pair}\n-----END PRIVATE KEY-----\n"),
    );
    set_permissions(folder.path().join("new.pem"), Permissions::from_mode(0o600)).unwrap();
    // The public half is enough, and no secret.
    folder.write("old.pub.pem", public);
    let new = [
        ("ALGORITHM", algorithm),
        ("SIGNING_KEY_FILE", "new.pem"),
        // The present pair is named before it is taken everywhere, so perhaps also after.
        ("SIGNING_KEY_FILE_PREVIOUS", "new.pem,old.pub.pem"),
        ("SECRET_KEY", FIRST),
    ];
    let running = folder.serve(&new);
    assert_eq!(running.stderr(), "");
    let api = running.api().await;
    assert!(is_signed_in(&api, &tokens).await);
    let set: Value = serde_json::from_str(&api.get("/.well-known/jwks.json").await.body).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert!(verifies(&tokens.access_token, &set));
    assert!(verifies(&api.log_in("alice").await.access_token, &set));
}

#[tokio::test]
async fn a_secret_that_cannot_be_exchanged_works_and_is_warned_of() {
    for (key, warns) in [
        ("a key, of thirty-two bytes and more, with commas", true),
        (" a key of thirty-two bytes and more, with space", true),
        ("a key of thirty-two bytes and more with a line\n", true),
        (FIRST, false),
    ] {
        let folder = Folder::new();
        let running = folder.serve(&[("SECRET_KEY", key)]);
        running.api().await;
        running.terminate();
        let said = running.ended().stderr;
        assert_eq!(said.starts_with("warning: SECRET_KEY holds a comma"), warns, "{key:?}: {said}");
        assert!(!said.contains("thirty-two"), "{said}");
    }
}
