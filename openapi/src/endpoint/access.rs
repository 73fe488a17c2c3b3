//! Who may make a call: the one table from which a test tries every call as everyone, and of which
//! `docs/PERMISSIONS.md` is made. It describes the rules; they themselves are the core's.

use super::Operation;
use crate::error::ErrorCode;

/// Who may make a call, in a word that [`Access::verdict`] spells out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No sign-in is needed.
    Anyone,
    /// Anyone; nobody where the server's `REGISTRATION` is closed.
    Registration,
    /// A signed-in user, anyone or admins, as the server's `DIRECTORY` says; always oneself.
    Directory,
    /// A signed-in user; admins where the server's `DIRECTORY` is private.
    DirectoryMember,
    /// A signed-in user.
    Member,
    /// The owner of what is touched. To everyone else, admins too, it is not there.
    Own,
    /// Sender and receiver of the message. To everyone else, admins too, it is not there.
    Correspondents,
    /// The receiver of the message. To everyone but its sender, admins too, it is not there.
    Receiver,
    /// The owner of what is touched, or an admin.
    Owner,
    /// The user whom the path names, or an admin.
    Themself,
    /// The owner of what is touched, the user whom the path names, or an admin.
    OwnerOrThemself,
    /// A signed-in admin.
    Admin,
}

/// How someone who calls stands to what is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Not signed in.
    Anonymous,
    /// Signed in, and nothing more.
    Member,
    /// Takes part in it without owning it: is in the session or group, attends the event, sent the
    /// message.
    Participant,
    /// Owns the session or the login, organizes the event, received the message.
    Owner,
    /// The user whom the path names.
    Themself,
    /// An admin who has nothing to do with it.
    Admin,
}

/// A setting of the server on which permissions depend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// All of them are what they are by default.
    Usual,
    /// `DIRECTORY=public`.
    DirectoryPublic,
    /// `DIRECTORY=private`.
    DirectoryPrivate,
    /// `REGISTRATION=closed`.
    RegistrationClosed,
}

/// Whether someone may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They may.
    Yes,
    /// They are refused with this code.
    No(ErrorCode),
    /// They get the `404` of something that is not there.
    Hidden,
}

impl Who {
    /// Everyone.
    pub const ALL: [Self; 6] = [
        Self::Anonymous,
        Self::Member,
        Self::Participant,
        Self::Owner,
        Self::Themself,
        Self::Admin,
    ];

    /// Whether there can be such a person, seen from what this parameter of a path names. A group
    /// has no owner, and a login nobody but one.
    fn stands_to(self, parameter: &str) -> bool {
        match self {
            Self::Anonymous | Self::Member | Self::Admin => true,
            Self::Participant => !matches!(parameter, "user_id" | "login_id" | "token"),
            Self::Owner => !matches!(parameter, "user_id" | "group_id" | "token"),
            Self::Themself => parameter == "user_id",
        }
    }
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Usual, Self::DirectoryPublic, Self::DirectoryPrivate, Self::RegistrationClosed];

    /// What a server's environment says; nothing for [`Setting::Usual`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::DirectoryPublic => "DIRECTORY=public",
            Self::DirectoryPrivate => "DIRECTORY=private",
            Self::RegistrationClosed => "REGISTRATION=closed",
        }
    }
}

impl Access {
    /// Whether such a person may make such a call on a server with this setting. The first line
    /// that fits counts.
    #[must_use]
    pub const fn verdict(self, who: Who, setting: Setting) -> Verdict {
        use Verdict::{Hidden, No, Yes};
        match (self, who, setting) {
            (Self::Registration, _, Setting::RegistrationClosed) => {
                No(ErrorCode::RegistrationClosed)
            }
            (Self::Anyone | Self::Registration, ..)
            | (Self::Directory, Who::Anonymous, Setting::DirectoryPublic) => Yes,
            (_, Who::Anonymous, _) => No(ErrorCode::NotAuthenticated),
            (Self::Own | Self::Correspondents | Self::Receiver, Who::Owner, _)
            | (Self::Correspondents, Who::Participant, _) => Yes,
            (Self::Receiver, Who::Participant, _) => No(ErrorCode::Forbidden),
            (Self::Own | Self::Correspondents | Self::Receiver, ..) => Hidden,
            (_, Who::Admin, _) | (Self::Directory, Who::Themself, _) => Yes,
            (Self::Directory | Self::DirectoryMember, _, Setting::DirectoryPrivate) => {
                No(ErrorCode::Forbidden)
            }
            (Self::Directory | Self::DirectoryMember | Self::Member, ..)
            | (Self::Owner | Self::OwnerOrThemself, Who::Owner, _)
            | (Self::Themself | Self::OwnerOrThemself, Who::Themself, _) => Yes,
            (Self::Owner | Self::Themself | Self::OwnerOrThemself | Self::Admin, ..) => {
                No(ErrorCode::Forbidden)
            }
        }
    }
}

impl Operation {
    /// The names of the path's parameters, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split(['{', '}']).skip(1).step_by(2)
    }

    /// Everyone who can stand behind this call. Where the path names nothing, nobody owns it.
    pub fn callers(&self) -> impl Iterator<Item = Who> + use<> {
        let path = *self;
        Who::ALL.into_iter().filter(move |who| {
            let anywhere = matches!(who, Who::Anonymous | Who::Member | Who::Admin);
            anywhere || path.parameters().any(|parameter| who.stands_to(parameter))
        })
    }

    /// The codes with which someone is refused under some setting.
    pub(super) fn refusals(&self) -> impl Iterator<Item = ErrorCode> + use<> {
        let access = self.access;
        let everywhere = self.callers().flat_map(|who| Setting::ALL.map(|setting| (who, setting)));
        everywhere.filter_map(move |(who, setting)| match access.verdict(who, setting) {
            Verdict::No(code) => Some(code),
            Verdict::Yes | Verdict::Hidden => None,
        })
    }
}
