//! Recovery: forgotten passwords and verified addresses (OWASP ASVS 5.0, 6.4.3; Forgot Password Cheat Sheet).
//!
//! Whoever asks for a mail is answered the same after the same work, whether or not anyone has the address: the mail
//! is a row either way, and that it is about nobody is seen when it would be sent.

use guildhall_openapi::recovery::{EmailVerification, MailRequest, PasswordReset};
use guildhall_openapi::text::{Email, MailCode, Token};
use guildhall_openapi::{ErrorCode, Fault, Language, User};

use crate::accounts::{Account, By, Settled};
use crate::caller::Origin;
use crate::error::{Error, Faults, Result};
use crate::guildhall::Guildhall;
use crate::identity;
use crate::mail::secret::{ShownToken, TypedCode};
use crate::mail::{self, Draft, Kind, MOST_GUESSES, Stored};

/// The service: [`Guildhall::recovery`].
#[derive(Clone, Copy)]
pub struct Recovery<'a>(pub(crate) &'a Guildhall, pub(crate) Language);

/// What someone shows of a mail.
enum Proof {
    Token(Option<ShownToken>),
    Code { email_key: String, code: TypedCode },
}

impl Recovery<'_> {
    /// The same, with mails in this language. English is the default.
    #[must_use]
    pub fn speaking(self, language: Language) -> Self {
        Self(self.0, language)
    }

    /// Sends a mail with which the password can be set anew, to the account that has this address, if one has and it is
    /// not disabled; at most three an hour.
    ///
    /// # Errors
    /// `validation_failed` for what is no address.
    pub async fn forgot_password(&self, request: &MailRequest) -> Result<()> {
        self.ask(Kind::ResetPassword, &request.email).await
    }

    /// Sends a mail with which the address can be verified, likewise, if it is not.
    ///
    /// # Errors
    /// `validation_failed` for what is no address.
    pub async fn request_verification(&self, request: &MailRequest) -> Result<()> {
        self.ask(Kind::VerifyEmail, &request.email).await
    }

    async fn ask(&self, kind: Kind, email: &Email) -> Result<()> {
        let email = identity::email(email).map_err(|fault| Error::field("email", fault))?;
        let draft = Draft::new(kind, email, self.1, self.0.now());
        let mut tx = self.0.storage.write().await?;
        if mail::admit(&mut *tx, &self.0.keys, &draft).await? {
            tx.mail().request(&draft).await?;
            tx.commit().await?;
            self.0.new_mail.notify_one();
        }
        Ok(())
    }

    /// Sets a password anew: all devices are signed out, older mails for it end, and wrong tries at the account
    /// are forgotten. A password that is refused does not use the token up.
    ///
    /// # Errors
    /// `validation_failed`, `weak_password`, `invalid_token`.
    pub async fn reset_password(&self, reset: &PasswordReset, origin: &Origin) -> Result<()> {
        let mut faults = Faults::default();
        let proof =
            Proof::of(reset.token.as_ref(), reset.email.as_ref(), reset.code.as_ref(), &mut faults);
        faults.check("password", reset.password.check().map(drop));
        faults.done()?;
        let (mail, account) = self.redeem(Kind::ResetPassword, proof).await?;
        let accounts = self.0.accounts();
        let new_hash = accounts.new_hash("password", &reset.password, &account.user).await?;
        let settled = Settled { new_hash: Some(new_hash), ..Settled::default() };
        self.spend(&mail, origin, settled, |_| {}).await.map(drop)
    }

    /// Marks an address as verified.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_token`.
    pub async fn verify_email(&self, shown: &EmailVerification, origin: &Origin) -> Result<User> {
        let mut faults = Faults::default();
        let proof =
            Proof::of(shown.token.as_ref(), shown.email.as_ref(), shown.code.as_ref(), &mut faults);
        faults.done()?;
        let (mail, _) = self.redeem(Kind::VerifyEmail, proof).await?;
        self.spend(&mail, origin, Settled::default(), |user| user.email_verified = true).await
    }

    /// The mail of which this was shown, and the account that it is about. It can be used as long as nobody
    /// else has.
    async fn redeem(&self, kind: Kind, proof: Option<Proof>) -> Result<(Stored, Account)> {
        let mail = match proof {
            Some(Proof::Token(Some(shown))) => self.by_token(kind, &shown).await?,
            Some(Proof::Code { email_key, code }) => self.by_code(kind, &email_key, &code).await?,
            Some(Proof::Token(None)) | None => None,
        };
        let (user, mail) =
            mail.and_then(|mail| mail.user.zip(Some(mail))).ok_or(ErrorCode::InvalidToken)?;
        let account = self.0.storage.read().await?.accounts().by_id(user).await?;
        let account = account.filter(|account| mail.is_for(&account.user));
        Ok((mail, account.ok_or(ErrorCode::InvalidToken)?))
    }

    async fn by_token(&self, kind: Kind, shown: &ShownToken) -> Result<Option<Stored>> {
        let mail = self.0.storage.read().await?.mail().by_id(shown.id).await?;
        let is_good = |mail: &Stored| {
            mail.kind == kind && mail.expires_at > self.0.now() && shown.is_of(mail, &self.0.keys)
        };
        Ok(mail.filter(is_good))
    }

    /// The guess is counted before it is compared, so that of many at once no more than may be are.
    async fn by_code(
        &self,
        kind: Kind,
        email_key: &str,
        code: &TypedCode,
    ) -> Result<Option<Stored>> {
        let mut tx = self.0.storage.write().await?;
        let mails = tx.mail().guess(email_key, kind, self.0.now(), MOST_GUESSES).await?;
        let right = mails.into_iter().find(|mail| code.is_of(mail, &self.0.keys));
        if let Some(mail) = &right {
            tx.mail().forgive(mail.id).await?;
        }
        tx.commit().await?;
        Ok(right)
    }

    /// Changes the account that the mail is about, and uses the mail up, together or not at all.
    async fn spend(
        &self,
        mail: &Stored,
        origin: &Origin,
        settled: Settled,
        edit: impl FnOnce(&mut User) + Send,
    ) -> Result<User> {
        let user = mail.user.ok_or(ErrorCode::InvalidToken)?;
        let edit = |user: &mut User| {
            if !mail.is_for(user) {
                return Err(ErrorCode::InvalidToken.into());
            }
            edit(user);
            Ok(())
        };
        let by = By::Mail(mail, origin.ip);
        match self.0.accounts().speaking(self.1).change(by, user, settled, edit).await {
            Err(Error::Refused(ErrorCode::UserNotFound)) => Err(ErrorCode::InvalidToken.into()),
            done => done,
        }
    }
}

impl Proof {
    /// A token, or an address and a code; what is missing is noted.
    fn of(
        token: Option<&Token>,
        email: Option<&Email>,
        code: Option<&MailCode>,
        faults: &mut Faults,
    ) -> Option<Self> {
        match (token, email, code) {
            (Some(token), ..) => {
                let token = faults.check("token", token.check())?;
                Some(Self::Token(ShownToken::read(token)))
            }
            (None, None, None) => faults.check("token", Err(Fault::Missing)),
            (None, email, code) => {
                let email = faults.check("email", email.ok_or(Fault::Missing));
                let code = code.ok_or(Fault::Missing).and_then(|code| code.check());
                let code = faults.check("code", code);
                let email_key = identity::email_key(email?);
                Some(Self::Code { email_key, code: TypedCode::read(code?) })
            }
        }
    }
}
