//! How mails leave: over SMTP, into a folder, or to the log. What embeds Guildhall can use these as the binary does:
//! an [`Outbox`](guildhall_core::mail::Outbox) takes one.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_core::mail::{Letter, Mailer};
use guildhall_core::storage::Source;
use lettre::address::Address;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

/// How long the mail server may take for each word: less than the outbox waits for all of them.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends mails over SMTP.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The server of this URL, which is not asked for anything yet: `smtps://USER:PASSWORD@HOST`,
    /// `smtp://HOST?tls=required` (STARTTLS), or `smtp://HOST` without TLS.
    ///
    /// # Errors
    /// Where it is no such URL.
    pub fn new(url: &str, from: Mailbox) -> Result<Self, smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }

    /// Greets the server, turns TLS on and signs in, as before a mail, and sends none.
    ///
    /// # Errors
    /// What the server, or the way to it, refuses.
    pub async fn test(&self) -> Result<(), smtp::Error> {
        self.transport.test_connection().await.map(drop)
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), Source> {
        self.transport.send(message(letter, &self.from)?).await?;
        Ok(())
    }
}

/// Writes each mail to a file of its own.
pub struct Folder {
    transport: AsyncFileTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Folder {
    /// This folder, which has to be there.
    #[must_use]
    pub fn new(folder: &Path, from: Option<Mailbox>) -> Self {
        let nobody = || Mailbox::new(None, Address::new_dangerous("guildhall", "localhost"));
        Self { transport: AsyncFileTransport::new(folder), from: from.unwrap_or_else(nobody) }
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, letter: &Letter) -> Result<(), Source> {
        self.transport.send(message(letter, &self.from)?).await?;
        Ok(())
    }
}

/// Prints mails to the log, where there is no better place.
pub struct Journal;

#[async_trait]
impl Mailer for Journal {
    async fn send(&self, letter: &Letter) -> Result<(), Source> {
        let Letter { to, subject, text, .. } = letter;
        tracing::info!("a mail to {to}: {subject}\n{text}");
        Ok(())
    }
}

/// Tells that a program wrote it, so that no program answers (RFC 3834, 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Source> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// The language of the text (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(tag: &str) -> Result<Self, Source> {
        Ok(Self(tag.into()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

fn message(letter: &Letter, from: &Mailbox) -> Result<Message, Source> {
    let message = Message::builder()
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .from(from.clone())
        .to(Mailbox::new(None, letter.to.parse()?))
        .subject(letter.subject.as_str())
        .header(ContentLanguage(letter.language.into()))
        .header(AutoSubmitted);
    let (text, html) = (letter.text.clone(), letter.html.clone());
    Ok(message.multipart(MultiPart::alternative_plain_html(text, html))?)
}
