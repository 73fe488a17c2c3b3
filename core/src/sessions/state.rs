//! What may be asked of a session in which state, and what becomes of it.

use guildhall_openapi::{ErrorCode, SessionState, UserId};

/// What is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Start,
    Stop,
    Add(UserId),
    Remove(UserId),
}

impl Call {
    /// The person whom it is about, where it is about one.
    pub(crate) fn user(self) -> Option<UserId> {
        match self {
            Self::Start | Self::Stop => None,
            Self::Add(user) | Self::Remove(user) => Some(user),
        }
    }

    /// The state in which it leaves a session of this state.
    ///
    /// # Errors
    /// `session_ended` for what comes too late. To be stopped again does not.
    pub(crate) fn on(self, state: SessionState) -> Result<SessionState, ErrorCode> {
        match (self, state) {
            (Self::Stop, _) => Ok(SessionState::Ended),
            (_, SessionState::Ended) => Err(ErrorCode::SessionEnded),
            (Self::Start, _) => Ok(SessionState::Active),
            (Self::Add(_) | Self::Remove(_), state) => Ok(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_does_in_each_state_what_the_table_says() {
        use SessionState::{Active, Ended, Inactive};
        let (add, remove) = (Call::Add(UserId::FIRST), Call::Remove(UserId::FIRST));
        let late = Err(ErrorCode::SessionEnded);
        for (call, [inactive, active, ended]) in [
            (Call::Start, [Ok(Active), Ok(Active), late]),
            (Call::Stop, [Ok(Ended), Ok(Ended), Ok(Ended)]),
            (add, [Ok(Inactive), Ok(Active), late]),
            (remove, [Ok(Inactive), Ok(Active), late]),
        ] {
            let table = [(Inactive, inactive), (Active, active), (Ended, ended)];
            assert_eq!(table.map(|(state, _)| state), SessionState::ALL);
            for (state, expected) in table {
                assert_eq!(call.on(state), expected, "{call:?} {state:?}");
            }
        }
    }
}
