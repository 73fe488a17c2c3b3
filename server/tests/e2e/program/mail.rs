//! How the program sends mails: over SMTP, into a folder, or to the log.

use crate::support::{Folder, Mail, MailServer, PASSWORD, Page, account};

#[tokio::test]
async fn mails_go_over_smtp_and_lead_to_the_public_address() {
    let (folder, mut post) = (Folder::new(), MailServer::start().await);
    let running = folder.serve(&[
        ("SMTP_URL", &post.url()),
        ("MAIL_FROM", "Guild <guild@example.org>"),
        ("PUBLIC_URL", "https://guild.example/in/here/"),
    ]);
    let said = running.stdout();
    assert!(said.contains("Mail:   sent from Guild <guild@example.org>\n"), "{said}");
    running.api().await.auth().sign_up(&account("alice")).await.unwrap();
    let mail = post.mail_to("alice@example.org").await;
    let link = mail.link();
    assert!(link.starts_with("https://guild.example/in/here/auth/pages/verify?token="), "{link}");
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success());
    let (stdout, stderr) = (ended.stdout, ended.stderr);
    for secret in [PASSWORD, &mail.token(), &mail.code()] {
        assert!(!stdout.contains(secret) && !stderr.contains(secret), "{stdout}{stderr}");
    }
}

#[tokio::test]
async fn what_was_not_sent_before_the_end_is_sent_after_the_next_start() {
    let (folder, mut post) = (Folder::new(), MailServer::start().await);
    let url = post.url();
    let settings = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "guild@example.org")];
    post.be_away(true);
    let running = folder.serve(&settings);
    running.api().await.auth().sign_up(&account("alice")).await.unwrap();
    post.sends_away().await;
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success());
    assert!(ended.stderr.contains("a mail cannot be sent"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(PASSWORD) && !ended.stderr.contains("gm1."));
    post.be_away(false);
    let _running = folder.serve(&settings);
    assert_eq!(post.mail_at_last().await.to, ["alice@example.org"]);
}

#[tokio::test]
async fn mails_are_written_to_a_folder() {
    let folder = Folder::new();
    let running = folder.serve(&[("MAIL_DIR", "mails/out")]);
    assert!(running.stdout().contains("Mail:   written to mails/out\n"), "{}", running.stdout());
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let mails = folder.path().join("mails/out");
    let mail = loop {
        let file = std::fs::read_dir(&mails).unwrap().next();
        let text = file.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        if let Some(text) = text.filter(|text| text.trim_end().ends_with("--")) {
            break Mail::of_file(text);
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(mail.header("To"), "alice@example.org");
    // Links lead to where it listens, unless it is told otherwise.
    let page = Page::open(&api, &mail.link()).await;
    page.send(&api, &[], "en").await.says(200, "your address is confirmed");
}

#[tokio::test]
async fn without_settings_mails_are_printed_and_the_greeting_says_so() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let said = running.stdout();
    assert!(said.contains("Mail:   printed to the log") && said.contains("SMTP_URL"), "{said}");
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let link = loop {
        let log = running.stderr();
        if let Some(link) = log.lines().find(|line| line.starts_with("http")) {
            break link.to_owned();
        }
        tokio::task::yield_now().await;
    };
    let page = Page::open(&api, &link).await;
    page.send(&api, &[], "en").await.says(200, "your address is confirmed");
}
