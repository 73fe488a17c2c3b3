//! What a request asks for beside its path: a language.

use guildhall_openapi::Language;
use poem::Request;
use poem::http::header;

/// The language of `Accept-Language` (RFC 9110, 12.5.4) that we have, and the caller likes best.
pub(crate) fn language(request: &Request) -> Language {
    request.header(header::ACCEPT_LANGUAGE).map_or_else(Language::default, best)
}

fn best(accepted: &str) -> Language {
    let mut best = (Language::default(), 0.0);
    for item in accepted.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let primary = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
        let language = match primary.to_ascii_lowercase().as_str() {
            "fr" => Language::French,
            "en" => Language::English,
            _ => continue,
        };
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::{Language, best};

    #[test]
    fn the_best_liked_language_we_have_is_taken() {
        for (accepted, language) in [
            ("fr", Language::French),
            ("fr-CA,fr;q=0.8", Language::French),
            ("de, FR;q=0.5", Language::French),
            ("en;q=0.9, fr;q=0.8", Language::English),
            ("fr;q=0", Language::English),
            ("de", Language::English),
            (";;,", Language::English),
        ] {
            assert_eq!(best(accepted), language, "{accepted}");
        }
    }
}
