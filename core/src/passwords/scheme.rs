//! The hash functions: Argon2id for new passwords, and the ones that imported accounts may have.

use std::ops::RangeInclusive;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::error::{Error, Result};
use crate::tokens::random;

/// What one Argon2id hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Argon2 has no such cost (RFC 9106, 3.1), or it is more than one hash may cost.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CostError(String);

/// The most memory, passes and lanes of a hash: 1 GiB is what a server of this kind can give one sign-in at all. A
/// stored hash names its own cost, and whoever signs in makes the server pay it.
const DEAREST: Cost = Cost { memory_kib: 1 << 20, passes: 32, lanes: 16 };
/// The costs of bcrypt: below them it has none, and each step above doubles the time.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=16;

impl Default for Cost {
    /// 19 MiB, 2 passes, 1 lane: the OWASP Password Storage Cheat Sheet's choice for Argon2id.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// A cost of so much memory (KiB), so many passes over it, and so many lanes.
    ///
    /// # Errors
    /// Where Argon2 has no such cost: less than 8 KiB a lane, or no passes or lanes; and where it is more than
    /// 1 GiB, 32 passes or 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> std::result::Result<Self, CostError> {
        Params::new(memory_kib, passes, lanes, None)
            .map_err(|error| CostError(error.to_string()))?;
        let cost = Self { memory_kib, passes, lanes };
        if cost.is_bearable() {
            return Ok(cost);
        }
        let Self { memory_kib, passes, lanes } = DEAREST;
        let most = format!("{memory_kib} KiB, {passes} passes and {lanes} lanes");
        Err(CostError(format!("a password hash may cost at most {most}")))
    }

    fn is_bearable(self) -> bool {
        self.memory_kib <= DEAREST.memory_kib
            && self.passes <= DEAREST.passes
            && self.lanes <= DEAREST.lanes
    }

    /// A hash that no password has, at this cost.
    pub(super) fn decoy(self) -> String {
        self.phc(&random::<16>(), &random::<32>())
    }

    fn phc(self, salt: &[u8], hash: &[u8]) -> String {
        let Self { memory_kib, passes, lanes } = self;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}")
    }
}

/// Runs Argon2 in `memory`, which grows to what the parameters ask for.
fn argon2(
    (algorithm, version, params): (Algorithm, Version, Params),
    password: &str,
    salt: &[u8],
    out: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<()> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory[..blocks])
        .map_err(|error| Error::Internal(error.to_string().into()))
}

/// Gives back what is more than hashes of this cost need, so that one costly imported hash does not stay on the
/// bill. What they need stays, or it would have to be had again after each cheap one.
pub(super) fn give_back(memory: &mut Vec<Block>, cost: Cost) {
    let needed = Params::new(cost.memory_kib, cost.passes, cost.lanes, None);
    let needed = needed.map_or(0, |params| params.block_count());
    if memory.len() > needed {
        memory.truncate(needed);
        memory.shrink_to_fit();
    }
}

/// A new hash in PHC form.
pub(super) fn hash(password: &str, cost: Cost, memory: &mut Vec<Block>) -> Result<String> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
        .map_err(|error| Error::Internal(error.to_string().into()))?;
    let (salt, mut out) = (random::<16>(), [0; 32]);
    argon2((Algorithm::Argon2id, Version::V0x13, params), password, &salt, &mut out, memory)?;
    Ok(cost.phc(&salt, &out))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a stored password hash cannot be read: {error}").into())
}

/// How an Argon2 hash in PHC form was made, its salt, and itself.
fn parts(stored: &str) -> Result<((Algorithm, Version, Params), phc::Salt, phc::Output)> {
    let parsed: phc::PasswordHash = PasswordHash::new(stored).map_err(broken)?;
    let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
        return Err(broken("it has no salt or no hash"));
    };
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(broken)?;
    let version = Version::try_from(parsed.version.unwrap_or(0x10)).map_err(broken)?;
    let params = Params::try_from(&parsed).map_err(broken)?;
    Ok(((algorithm, version, params), salt, expected))
}

/// Whether `password` has this hash: PHC Argon2 (d, i, id) or bcrypt (`$2…`). It takes what the hash asks for: whether
/// that [`is_bearable`] is asked before.
pub(super) fn verify(password: &str, stored: &str, memory: &mut Vec<Block>) -> Result<bool> {
    if stored.starts_with("$2") {
        return bcrypt::verify(password, stored).map_err(broken);
    }
    let (how, salt, expected) = parts(stored)?;
    let mut out = vec![0; expected.len()];
    argon2(how, password, salt.as_ref(), &mut out, memory)?;
    Ok(constant_time::verify_slices_are_equal(&out, expected.as_bytes()).is_ok())
}

/// Whether [`verify`] can say yes or no, at a cost that can be borne.
pub(super) fn can_verify(stored: &str) -> bool {
    is_bearable(stored).unwrap_or_default()
}

/// Whether to verify this hash costs no more than one may.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn is_bearable(stored: &str) -> Result<bool> {
    if stored.starts_with("$2") {
        let parts = stored.parse::<bcrypt::HashParts>().map_err(broken)?;
        return Ok(BCRYPT_COSTS.contains(&parts.get_cost()));
    }
    let ((_, _, params), ..) = parts(stored)?;
    let (memory_kib, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    Ok(Cost { memory_kib, passes, lanes }.is_bearable())
}

/// Whether a stored hash costs an attacker at least what a new one would.
pub(super) fn is_as_good(stored: &str, cost: Cost) -> bool {
    let Ok(parsed) = PasswordHash::new(stored) else {
        return false;
    };
    let Ok(params) = Params::try_from(&parsed) else {
        return false;
    };
    parsed.algorithm.as_str() == "argon2id"
        && parsed.version == Some(0x13)
        && params.m_cost() >= cost.memory_kib
        && params.t_cost() >= cost.passes
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let memory = &mut Vec::new();
        let stored = hash("plum-orbit-velvet", CHEAP, memory).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(verify("plum-orbit-velvet", &stored, memory).unwrap());
        assert!(!verify("plum-orbit-velveT", &stored, memory).unwrap());
        assert_ne!(stored, hash("plum-orbit-velvet", CHEAP, memory).unwrap(), "salted");
    }

    /// The OWASP Password Storage Cheat Sheet's choice for Argon2id.
    #[test]
    fn what_is_usual_costs_what_owasp_asks_for() {
        let stored = hash("plum-orbit-velvet", Cost::default(), &mut Vec::new()).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let [salt, out] = [4, 5].map(|part| stored.split('$').nth(part).unwrap());
        let bytes = |text| STANDARD_NO_PAD.decode(text).unwrap().len();
        assert_eq!((bytes(salt), bytes(out)), (16, 32));
    }

    /// Memory that is had and given up again and again stays with the allocator.
    #[test]
    fn memory_is_kept_for_the_next_hash_and_no_more() {
        let dear = Cost { memory_kib: 64, ..CHEAP };
        let memory = &mut Vec::new();
        let (cheap, costly) = (hash("x", CHEAP, memory).unwrap(), hash("x", dear, memory).unwrap());
        let kept = memory.as_ptr();
        assert!(verify("x", &cheap, memory).unwrap() && verify("x", &costly, memory).unwrap());
        give_back(memory, dear);
        assert_eq!((memory.as_ptr(), memory.len()), (kept, 64));
        give_back(memory, CHEAP);
        assert_eq!((memory.capacity(), memory.len()), (8, 8));
    }

    #[test]
    fn imported_hashes_verify_and_are_worth_replacing() {
        let memory = &mut Vec::new();
        for stored in [
            // passlib's bcrypt, and argon2-cffi's Argon2i at its old default cost.
            "$2b$04$w0x1qS3kk0QjWsvbR6RbOu9RBYO4wvAXWWnUEYAJu2T8i2Xr/hCG2",
            "$argon2i$v=19$m=512,t=2,p=2$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A",
        ] {
            // Neither is the hash of this password; both have to be readable.
            assert!(!verify("not this one", stored, memory).unwrap(), "{stored}");
            assert!(!is_as_good(stored, CHEAP), "{stored}");
        }
        let own = bcrypt::hash("plum-orbit-velvet", 4).unwrap();
        assert!(verify("plum-orbit-velvet", &own, memory).unwrap());
    }

    #[test]
    fn a_cheaper_argon2id_is_worth_replacing_and_a_dearer_one_is_not() {
        let stored = hash("plum-orbit-velvet", CHEAP, &mut Vec::new()).unwrap();
        assert!(is_as_good(&stored, CHEAP));
        assert!(!is_as_good(&stored, Cost { passes: 2, ..CHEAP }));
        assert!(!is_as_good(&stored, Cost { memory_kib: 16, ..CHEAP }));
    }

    #[test]
    fn hashes_that_can_be_verified_are_known_from_others() {
        for stored in [
            "$2b$04$w0x1qS3kk0QjWsvbR6RbOu9RBYO4wvAXWWnUEYAJu2T8i2Xr/hCG2",
            "$2y$04$w0x1qS3kk0QjWsvbR6RbOu9RBYO4wvAXWWnUEYAJu2T8i2Xr/hCG2",
            "$argon2i$v=19$m=512,t=2,p=2$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A",
            "$argon2id$v=19$m=65536,t=3,p=4$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A",
        ] {
            assert!(can_verify(stored), "{stored}");
            assert!(verify("x", stored, &mut Vec::new()).is_ok(), "{stored}");
        }
        for stored in [
            "",
            "secret",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$2b$04$short",
            "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
            "$5$rounds=535000$NOajJ8kRrN6.A5Jq$Ap21uVZ9Gu1K5L0ML5tUNtSA0MYUMSmn7BrVmzsZ4oA",
            "pbkdf2:sha256:600000$salt$0123456789abcdef",
            "$argon2id$v=19$m=65536,t=3,p=4$aI2R0hpDyLm3ltLa",
        ] {
            assert!(!can_verify(stored), "{stored}");
        }
    }

    #[test]
    fn a_hash_may_cost_so_much_and_no_more() {
        let bcrypt = |cost: u32| {
            format!("$2b${cost:02}$w0x1qS3kk0QjWsvbR6RbOu9RBYO4wvAXWWnUEYAJu2T8i2Xr/hCG2")
        };
        let argon2 = |m: u32, t: u32, p: u32| {
            format!(
                "$argon2id$v=19$m={m},t={t},p={p}$aI2R0hpDyLm3ltLa+1/rvQ$LqPKjd6n8yniKtAithoR7A"
            )
        };
        for stored in [bcrypt(4), bcrypt(16), argon2(8, 1, 1), argon2(1 << 20, 32, 16)] {
            assert!(can_verify(&stored), "{stored}");
        }
        for stored in [
            bcrypt(3),
            bcrypt(17),
            bcrypt(31),
            bcrypt(99),
            argon2((1 << 20) + 1, 1, 1),
            argon2(u32::MAX, 1, 1),
            argon2(8, 33, 1),
            argon2(8, u32::MAX, 1),
            argon2(136, 1, 17),
        ] {
            assert!(!can_verify(&stored), "{stored}");
            assert!(!is_bearable(&stored).unwrap(), "{stored}: it can be read");
        }
        assert!(Cost::new(1 << 20, 32, 16).is_ok());
        let refused = Cost::new((1 << 20) + 1, 1, 1).unwrap_err().to_string();
        assert_eq!(refused, "a password hash may cost at most 1048576 KiB, 32 passes and 16 lanes");
        assert!(Cost::new(8, 33, 1).is_err());
    }

    #[test]
    fn what_is_no_hash_is_an_error_and_no_panic() {
        for stored in ["", "plain", "$2b$", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ"]
        {
            assert!(is_bearable(stored).is_err(), "{stored}");
            assert!(verify("x", stored, &mut Vec::new()).is_err(), "{stored}");
        }
    }
}
