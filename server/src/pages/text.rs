//! What the pages say, in English and French.

use guildhall_openapi::Language;

use super::Page;

/// The words of a page.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) email: &'static str,
    pub(super) code: &'static str,
    pub(super) password: &'static str,
    pub(super) button: &'static str,
    pub(super) done: &'static str,
}

pub(super) const fn words(page: Page, language: Language) -> Words {
    match (page, language) {
        (Page::Reset, Language::English) => Words {
            title: "A new password",
            about: "Choose a new password for your account. All your devices are signed out.",
            email: "Email",
            code: "Code",
            password: "New password",
            button: "Set the new password",
            done: "Your password is changed. You can sign in with it now.",
        },
        (Page::Reset, Language::French) => Words {
            title: "Un nouveau mot de passe",
            about: "Choisissez un nouveau mot de passe pour votre compte. Tous vos appareils seront déconnectés.",
            email: "Email",
            code: "Code",
            password: "Nouveau mot de passe",
            button: "Enregistrer le mot de passe",
            done: "Votre mot de passe est modifié. Vous pouvez maintenant vous connecter avec lui.",
        },
        (Page::Verify, Language::English) => Words {
            title: "Your email address",
            about: "Confirm that this email address is yours.",
            email: "Email",
            code: "Code",
            password: "",
            button: "Confirm",
            done: "Thank you, your address is confirmed. You can close this page.",
        },
        (Page::Verify, Language::French) => Words {
            title: "Votre adresse email",
            about: "Confirmez que cette adresse email est la vôtre.",
            email: "Email",
            code: "Code",
            password: "",
            button: "Confirmer",
            done: "Merci, votre adresse est confirmée. Vous pouvez fermer cette page.",
        },
    }
}
