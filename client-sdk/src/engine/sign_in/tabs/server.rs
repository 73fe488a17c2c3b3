//! What the server does with logins and their tokens, by its own clock.

/// For how long after its first use a spent refresh token gets the present one, in milliseconds.
pub(crate) const GRACE: u64 = 30_000;

/// The part of a server that knows logins. They are numbered; a refresh token names its login and
/// its generation, an access token its login and its end.
#[derive(Debug)]
pub(crate) struct Server {
    /// For how many milliseconds an access token is good.
    pub(crate) lifetime: u64,
    logins: Vec<Login>,
    issued: u64,
}

#[derive(Debug)]
struct Login {
    begun: u64,
    is_ended: bool,
    is_stolen: bool,
    /// When each generation but the present one was first used.
    spent: Vec<u64>,
}

/// A pair of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) lifetime: u64,
    pub(crate) issued_at: u64,
}

/// The login that a token names.
pub(crate) fn login_of(token: &str) -> usize {
    numbers(token).0
}

/// When an access token ends.
pub(crate) fn ends_at(access: &str) -> u64 {
    numbers(access).1
}

fn numbers(token: &str) -> (usize, u64) {
    let mut parts = token.split('.').skip(1).map(|part| part.parse::<u64>().unwrap());
    let (login, second) = (parts.next().unwrap(), parts.next().unwrap());
    (usize::try_from(login).unwrap(), second)
}

impl Server {
    pub(crate) fn new(lifetime: u64) -> Self {
        Self { lifetime, logins: Vec::new(), issued: 0 }
    }

    pub(crate) fn sign_in(&mut self, now: u64) -> Pair {
        let login = Login { begun: now, is_ended: false, is_stolen: false, spent: Vec::new() };
        self.logins.push(login);
        self.pair(self.logins.len() - 1, now)
    }

    /// A new pair, or none where the token is not taken.
    pub(crate) fn refresh(&mut self, token: &str, now: u64) -> Option<Pair> {
        let (number, generation) = numbers(token);
        let login = &mut self.logins[number];
        if login.is_ended {
            return None;
        }
        match login.spent.get(usize::try_from(generation).unwrap()) {
            None => login.spent.push(now),
            Some(spent_at) if now - spent_at <= GRACE => {}
            Some(_) => {
                (login.is_ended, login.is_stolen) = (true, true);
                return None;
            }
        }
        Some(self.pair(number, now))
    }

    fn pair(&mut self, login: usize, now: u64) -> Pair {
        self.issued += 1;
        let (lifetime, until) = (self.lifetime, now + self.lifetime);
        let access = format!("a.{login}.{until}.{}", self.issued);
        Pair { access, refresh: self.present(login), lifetime, issued_at: now }
    }

    /// Whether an access token lets its bearer in.
    pub(crate) fn takes(&self, access: &str, now: u64) -> bool {
        let (login, until) = numbers(access);
        !self.logins[login].is_ended && now < until
    }

    pub(crate) fn end(&mut self, login: usize) {
        self.logins[login].is_ended = true;
    }

    pub(crate) fn is_ended(&self, login: usize) -> bool {
        self.logins[login].is_ended
    }

    /// The refresh token that is not spent yet.
    pub(crate) fn present(&self, login: usize) -> String {
        format!("r.{login}.{}", self.logins[login].spent.len())
    }

    /// When this refresh token was first used.
    pub(crate) fn spent_at(&self, token: &str) -> Option<u64> {
        let (login, generation) = numbers(token);
        self.logins[login].spent.get(usize::try_from(generation).unwrap()).copied()
    }

    /// The logins that were ended because a token was taken for stolen.
    pub(crate) fn stolen(&self) -> Vec<usize> {
        (0..self.logins.len()).filter(|&login| self.logins[login].is_stolen).collect()
    }

    /// Of each login, when it began and when its refresh token was changed for the next.
    pub(crate) fn rotations(&self) -> impl Iterator<Item = (u64, &[u64])> {
        self.logins.iter().map(|login| (login.begun, &*login.spent))
    }
}
