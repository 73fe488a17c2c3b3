//! A mail server of a test's own, and the mails that it gets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use guildhall_core::Guildhall;
use guildhall_core::mail::{Links, Outbox};
use guildhall_server::mailer::Smtp;
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::socket::PATIENCE;
use super::{Api, PASSWORD, Reply};

/// Speaks SMTP (RFC 5321) with those who have the password (RFC 4954), as far as mails of ours need it.
pub(crate) struct MailServer {
    address: SocketAddr,
    is_away: Arc<AtomicBool>,
    heard: UnboundedReceiver<Option<Mail>>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_away = Arc::<AtomicBool>::default();
        let (says, heard) = unbounded_channel();
        let away = Arc::clone(&is_away);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (away, says) = (Arc::clone(&away), says.clone());
                tokio::spawn(async move { converse(stream, &away, &says).await });
            }
        });
        Self { address, is_away, heard }
    }

    /// Its `SMTP_URL`.
    pub(crate) fn url(&self) -> String {
        format!("smtp://guildhall:{PASSWORD}@{}", self.address)
    }

    /// Sends mails of this Guildhall to it for as long as the test runs, with links to `api`.
    pub(crate) fn serves(&self, guildhall: &Guildhall, api: &Api) {
        let outbox = self.outbox(api);
        tokio::spawn(guildhall.clone().send_mails(outbox, std::future::pending()));
    }

    /// Sends those that are due, once; they.
    pub(crate) async fn fetch(&mut self, guildhall: &Guildhall, api: &Api) -> Vec<Mail> {
        guildhall.send_due_mails(&self.outbox(api)).await.unwrap();
        std::iter::from_fn(|| self.heard.try_recv().ok()).flatten().collect()
    }

    fn outbox(&self, api: &Api) -> Outbox {
        let mailer = Smtp::new(&self.url(), "Guild <guild@example.org>".parse().unwrap()).unwrap();
        let links = Links::under(&format!("http://{}", api.address));
        let retry = std::time::Duration::from_millis(20);
        Outbox { retry, ..Outbox::new(Arc::new(mailer), links) }
    }

    /// From now on whoever speaks to it is sent away, or is not.
    pub(crate) fn be_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// The next mail; none where someone was sent away instead.
    async fn next(&mut self) -> Option<Mail> {
        timeout(PATIENCE, self.heard.recv()).await.expect("a mail in time").unwrap()
    }

    /// The next mail, which is to this address.
    pub(crate) async fn mail_to(&mut self, address: &str) -> Mail {
        let mail = self.next().await.expect("nobody is sent away");
        assert_eq!(mail.to, [address], "{}", mail.raw);
        mail
    }

    /// Waits until someone was sent away.
    pub(crate) async fn sends_away(&mut self) {
        assert!(self.next().await.is_none(), "a mail went through");
    }

    /// The next mail, however often someone was sent away before it.
    pub(crate) async fn mail_at_last(&mut self) -> Mail {
        loop {
            if let Some(mail) = self.next().await {
                return mail;
            }
        }
    }

    /// Asserts that no mail has come.
    pub(crate) fn has_nothing(&mut self) {
        if let Ok(Some(mail)) = self.heard.try_recv() {
            panic!("{}", mail.raw);
        }
    }
}

/// One conversation.
async fn converse(stream: TcpStream, away: &AtomicBool, says: &UnboundedSender<Option<Mail>>) {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to, mut may_send) = (String::new(), Vec::new(), false);
    let mut answer = "220 a test's mail server";
    loop {
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Some(line) = next_line(&mut stream).await else { return };
        // Not in place of an answer: what was taken on would be sent again.
        if away.load(Ordering::SeqCst) {
            stream.write_all(b"421 away\r\n").await.ok();
            says.send(None).ok();
            return;
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        answer = match verb {
            "EHLO" => "250-a test's mail server\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => {
                may_send = rest == format!("PLAIN {}", plain());
                if may_send { "235 welcome" } else { "535 who is that" }
            }
            "MAIL" | "RCPT" if !may_send => "530 who is that",
            "MAIL" => {
                (from, to) = (address(rest), Vec::new());
                "250 from them"
            }
            "RCPT" => {
                to.push(address(rest));
                "250 to them"
            }
            "DATA" => {
                stream.write_all(b"354 tell me\r\n").await.unwrap();
                let mut raw = String::new();
                while let Some(line) = next_line(&mut stream).await.filter(|line| line != ".") {
                    // A dot that stands in front is said twice (RFC 5321, 4.5.2).
                    raw += line.strip_prefix('.').unwrap_or(&line);
                    raw += "\r\n";
                }
                says.send(Some(Mail { from: from.clone(), to: to.clone(), raw })).ok();
                "250 taken on"
            }
            "QUIT" => "221 goodbye",
            "NOOP" | "RSET" => "250 as you like",
            _ => "500 what",
        };
    }
}

async fn next_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}

/// What those send who may send mails.
pub(crate) fn plain() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("\0guildhall\0{PASSWORD}"))
}

/// The address of `FROM:<…>` or `TO:<…>`.
fn address(rest: &str) -> String {
    let (_, rest) = rest.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}

/// A mail as it came.
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) raw: String,
}

impl Mail {
    /// One that was written to a file.
    pub(crate) fn of_file(raw: String) -> Self {
        Self { from: String::new(), to: Vec::new(), raw }
    }

    pub(crate) fn read(&self) -> Message<'_> {
        MessageParser::default().parse(&self.raw).unwrap()
    }

    pub(crate) fn subject(&self) -> String {
        self.read().subject().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &'static str) -> String {
        self.read().header_raw(name).unwrap_or_default().trim().to_owned()
    }

    /// The plain text, which says the same as the HTML beside it.
    pub(crate) fn text(&self) -> String {
        let mail = self.read();
        assert!(mail.is_content_type("multipart", "alternative"), "{}", self.raw);
        let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        for line in text.lines().filter(|line| line.contains("token=")) {
            assert!(html.contains(&format!("<a href=\"{line}\">")), "{html}");
        }
        text.into_owned()
    }

    /// Where its link leads.
    pub(crate) fn link(&self) -> String {
        self.text().lines().find(|line| line.starts_with("http")).unwrap().to_owned()
    }

    pub(crate) fn token(&self) -> String {
        self.link().split_once("?token=").unwrap().1.to_owned()
    }

    /// The short code, which a person types.
    pub(crate) fn code(&self) -> String {
        let is_one = |word: &&str| word.len() == 9 && word.as_bytes()[4] == b'-';
        self.text().split_whitespace().find(is_one).unwrap().to_owned()
    }
}

/// A page in a browser without scripts.
pub(crate) struct Page {
    /// Where it is.
    path: String,
    pub(crate) reply: Reply,
}

impl Page {
    /// Follows a link.
    pub(crate) async fn open(api: &Api, link: &str) -> Self {
        let path = link.strip_prefix(&format!("http://{}", api.address)).unwrap().to_owned();
        let reply = api.get(&path).await;
        Self { path, reply }.checked()
    }

    /// Fills its form in and sends that.
    pub(crate) async fn send(&self, api: &Api, filled_in: &[(&str, &str)], language: &str) -> Self {
        let html = &self.reply.body;
        let (_, action) = html.split_once("<form method=\"post\" action=\"").unwrap();
        let folder = self.path.split('?').next().unwrap().rsplit_once('/').unwrap().0;
        let path = format!("{folder}/{}", action.split_once('"').unwrap().0);
        let inputs = html.split("<input ").skip(1).map(|input| {
            let attribute = |name: &str| {
                let (_, rest) = input.split_once(&format!("{name}=\""))?;
                Some(rest.split_once('"').unwrap().0)
            };
            let name = attribute("name").unwrap();
            let typed = filled_in.iter().find(|(field, _)| *field == name).map(|(_, text)| *text);
            (name, typed.or(attribute("value")).unwrap_or_default())
        });
        let form: Vec<_> = inputs.collect();
        assert!(filled_in.iter().all(|field| form.contains(field)), "{form:?}");
        let request = api.request("POST", &path).header("accept-language", language).form(&form);
        Self { path, reply: Reply::to(request).await }.checked()
    }

    /// Asserts what all pages have in common.
    fn checked(self) -> Self {
        let reply = &self.reply;
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{reply:?}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(!reply.header("x-request-id").is_empty());
        for forbidden in ["<script", "<style", " style="] {
            assert!(!reply.body.contains(forbidden), "{}", reply.body);
        }
        self
    }

    /// Asserts what it says, and how it was answered.
    #[track_caller]
    pub(crate) fn says(&self, status: u16, words: &str) {
        assert_eq!(self.reply.status, status, "{:?}", self.reply);
        assert!(self.reply.body.contains(words), "{words}: {}", self.reply.body);
    }
}
