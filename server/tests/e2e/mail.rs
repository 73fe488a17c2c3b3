//! Mails over SMTP, the pages that their links open, and what comes of them.

use guildhall_client::Client;
use guildhall_openapi::recovery::{EmailVerification, MailRequest, PasswordReset};
use guildhall_openapi::{ErrorCode, User};
use serde_json::json;

use crate::support::{
    Api, Listener, MailServer, PASSWORD, Page, Refused as _, Reply, World, account, on_both,
};

const NEW: &str = "another-plum-orbit";
const NEWER: &str = "tulip-anvil-harbour";

on_both! {
    /// A mail that does not come, a link that verifies by being followed, or a password that is not replaced.
    async fn mails_lead_to_what_they_ask_for(world) {
        let mut post = MailServer::start().await;
        post.serves(&world.guildhall, &world.api);
        an_address_is_verified(world, &mut post).await;
        a_page_says_what_is_wrong(world, &mut post).await;
        a_forgotten_password_is_replaced(world, &mut post).await;
        by_codes(world, &mut post).await;
        nobody_is_named(world, &mut post).await;
        nothing_is_lost(world, &mut post).await;
    }
}

async fn me(api: &Api) -> User {
    api.accounts().me().await.unwrap()
}

async fn forgot(client: &Client, email: &str) {
    client.recovery().forgot_password(&MailRequest { email: email.into() }).await.unwrap();
}

async fn an_address_is_verified(world: &World, post: &mut MailServer) {
    world.register("vera").await;
    let vera = world.sign_in("vera").await;
    let mail = post.mail_to("vera@example.org").await;
    assert_eq!(mail.from, "guild@example.org");
    assert_eq!(mail.subject(), "Is this your email address?");
    assert_eq!(mail.header("From"), "Guild <guild@example.org>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Content-Language"), "en");
    assert!(mail.header("Message-ID").ends_with("@example.org>"), "{}", mail.raw);
    assert!(!mail.header("Date").is_empty());
    for _ in 0..3 {
        let page = Page::open(&world.api, &mail.link()).await;
        page.says(200, "Confirm that this email address is yours.");
    }
    let link = mail.link();
    let path = link.strip_prefix(&format!("http://{}", world.api.address)).unwrap();
    assert_eq!(Reply::to(world.api.request("HEAD", path)).await.status, 200);
    assert!(!me(&vera).await.email_verified, "to follow a link changes nothing");
    let page = Page::open(&world.api, &mail.link()).await;
    page.send(&world.api, &[], "en").await.says(200, "your address is confirmed");
    assert!(me(&vera).await.email_verified);
    page.send(&world.api, &[], "fr").await.says(400, "Ce lien ou ce code n&#39;est pas valide");
}

async fn a_page_says_what_is_wrong(world: &World, post: &mut MailServer) {
    let french =
        world.api.request("POST", "/register").header("accept-language", "fr-CA, en;q=0.5");
    Reply::to(french.json(&account("wim"))).await.json::<User>();
    let mail = post.mail_to("wim@example.org").await;
    assert_eq!(mail.subject(), "Cette adresse email est-elle la vôtre ?");
    assert_eq!(mail.header("Content-Language"), "fr");
    assert!(mail.text().contains("saisissez ce code"), "{}", mail.text());
    // Without a token it asks for what stands in the mail.
    let bare = format!("http://{}/auth/pages/reset", world.api.address);
    let page = Page::open(&world.api, &bare).await;
    let wrong = [("email", "wim@example.org"), ("code", "0000-0000"), ("password", NEW)];
    let again = page.send(&world.api, &wrong, "en").await;
    again.says(400, "This link or code is not valid");
    again.says(400, "value=\"wim@example.org\"");
    assert!(!again.reply.body.contains(NEW), "a password is typed anew");
    let nothing = page.send(&world.api, &[("password", "short")], "fr").await;
    nothing.says(422, "Nouveau mot de passe doit avoir au moins 8 caractères");
    let hostile = "\"><script>alert(1)</script>&amp;";
    let echoed = page.send(&world.api, &[("email", hostile), ("password", NEW)], "en").await;
    echoed.says(422, "&quot;&gt;&lt;script&gt;");
    // No more is read of a form than of any body.
    let form = [("password", "x".repeat(2 << 20))];
    let large = world.api.request("POST", "/auth/pages/reset").form(&form);
    Reply::to(large).await.refused(ErrorCode::BodyTooLarge);
    world.api.post("/auth/pages/reset", &json!({})).await.refused(ErrorCode::UnsupportedMediaType);
    let patch = Reply::to(world.api.request("PATCH", "/auth/pages/reset")).await;
    patch.refused(ErrorCode::MethodNotAllowed);
    assert_eq!(patch.header("allow"), "GET, POST, HEAD");
    let style = world.api.get("/auth/pages/style.css").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css"));
}

async fn a_forgotten_password_is_replaced(world: &World, post: &mut MailServer) {
    world.register("fay").await;
    post.mail_to("fay@example.org").await;
    let (here, there) = (world.sign_in("fay").await, world.sign_in("fay").await);
    let socket = Listener::of(&there).await;
    forgot(&world.api, "FAY@example.org").await;
    let mail = post.mail_to("fay@example.org").await;
    assert_eq!(mail.subject(), "A new password for your account");
    let page = Page::open(&world.api, &mail.link()).await;
    page.says(200, "Choose a new password for your account.");
    let weak = page.send(&world.api, &[("password", "password")], "en").await;
    weak.says(422, "guess");
    me(&here).await;
    let done = weak.send(&world.api, &[("password", NEW)], "en").await;
    done.says(200, "Your password is changed.");
    socket.ends().await;
    here.is_cut_off().await;
    there.is_cut_off().await;
    world.api.auth().sign_in("fay", PASSWORD).await.refused(ErrorCode::InvalidCredentials);
    world.api.auth().sign_in("fay", NEW).await.unwrap();
    let told = post.mail_to("fay@example.org").await;
    assert_eq!(told.subject(), "The password of your account was changed");
    let again = page.send(&world.api, &[("password", NEWER)], "en").await;
    again.says(400, "This link or code is not valid");
}

async fn by_codes(world: &World, post: &mut MailServer) {
    let user = world.register("cleo").await;
    let (email, code) = (user.email.clone(), post.mail_to(&user.email).await.code());
    let verification =
        EmailVerification { token: None, email: Some(email.clone()), code: Some(code.into()) };
    let verified = world.api.recovery().verify_email(&verification).await.unwrap();
    assert!(verified.email_verified && verified.id == user.id);
    world.api.recovery().verify_email(&verification).await.refused(ErrorCode::InvalidToken);

    let cleo = world.sign_in("cleo").await;
    forgot(&world.api, &email).await;
    let mail = post.mail_to(&email).await;
    let reset = |code: &str, password: &str| PasswordReset {
        token: None,
        email: Some(email.clone()),
        code: Some(code.into()),
        password: password.into(),
    };
    let typed = mail.code().to_lowercase().replace('-', " ");
    let weak = world.api.recovery().reset_password(&reset(&typed, "password")).await;
    weak.refused(ErrorCode::WeakPassword);
    world.api.recovery().reset_password(&reset(&typed, NEW)).await.unwrap();
    cleo.is_cut_off().await;
    world.api.auth().sign_in("cleo", NEW).await.unwrap();
    post.mail_to(&email).await;
    let by_token = PasswordReset {
        token: Some(mail.token().into()),
        email: None,
        code: None,
        password: NEWER.into(),
    };
    world.api.recovery().reset_password(&by_token).await.refused(ErrorCode::InvalidToken);
}

async fn nobody_is_named(world: &World, post: &mut MailServer) {
    let request = |email: &str| json!({ "email": email });
    for path in ["/auth/forgot-password", "/auth/request-verify-token"] {
        world.api.post(path, &request("nobody@example.org")).await.done();
        world.api.post(path, &request("no address")).await.names("email");
    }
    // Whatever was written for nobody was looked at before this one.
    world.register("zoe").await;
    post.mail_to("zoe@example.org").await;
    post.has_nothing();
}

async fn nothing_is_lost(world: &World, post: &mut MailServer) {
    post.be_away(true);
    world.register("ann").await;
    world.register("ben").await;
    for _ in 0..6 {
        post.sends_away().await;
    }
    post.be_away(false);
    let mut to = [post.mail_at_last().await.to, post.mail_at_last().await.to].concat();
    to.sort();
    assert_eq!(to, ["ann@example.org", "ben@example.org"]);
    world.register("cat").await;
    assert_eq!(post.mail_at_last().await.to, ["cat@example.org"]);
}
