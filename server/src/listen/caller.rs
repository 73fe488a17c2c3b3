//! Who is calling, where proxies stand between: their word is believed, nobody else's.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};
use poem::http::header::{FORWARDED, HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word on where a request comes from is believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl FromStr for Proxies {
    type Err = String;

    /// Addresses and blocks of them with commas between, `10.0.0.0/8, ::1` say.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let blocks = parts.map(|part| {
            let address = part.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
            address.or_else(|_| part.parse().map(canonical)).map_err(|_| {
                format!("{part:?} is no address and no block of them, as 10.0.0.0/8 is")
            })
        });
        blocks.collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    /// Whether this is the address of one.
    pub(super) fn have(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(&address))
    }

    /// Whether nobody is one.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a peer that is not believed looks like a proxy that should be: it is on this machine or in a private
    /// network, and says for whom it asks.
    pub(super) fn lack(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let is_near = match peer.to_canonical() {
            IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
            IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
        };
        let says = headers.contains_key(FORWARDED) || headers.contains_key(X_FORWARDED_FOR);
        says && is_near && !self.have(peer)
    }

    /// Who asks: the peer, or, where that is a proxy, the one it says it asks for. From the right on each hop is vouched
    /// for by the one behind it, up to the first that is no proxy; what stands further left is anyone's claim.
    ///
    /// A proxy that says nothing, or what cannot be read, counts as the caller itself. So does one whose `Forwarded`
    /// (RFC 7239) and `X-Forwarded-For` name different callers: most proxies write one of them only, and hand on the
    /// other as the caller made it up.
    pub(super) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.have(peer) {
            return peer;
        }
        let walk = |name, split: Split, read: fn(&str) -> Option<IpAddr>| {
            let hops = || elements(headers, &name, split).map(read);
            headers.contains_key(&name).then(|| self.walk(peer, hops()))
        };
        let said = walk(FORWARDED, |line| unquoted(line, ',').collect(), forwarded);
        match (said, walk(X_FORWARDED_FOR, |line| line.split(',').collect(), node)) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(caller), _) | (None, Some(caller)) => caller,
            (None, None) => peer,
        }
    }

    /// The first of these hops that is no proxy; else the last that can be read.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer;
        for hop in hops {
            let Some(hop) = hop else { break };
            nearest = hop;
            if !self.have(hop) {
                break;
            }
        }
        nearest
    }
}

/// How a header's line parts into the elements of its list.
type Split = fn(&str) -> Vec<&str>;

/// A block of IPv4 that is written as one of IPv6 (`::ffff:10.0.0.0/104`), as the block of IPv4 that it is: peers are
/// compared so.
fn canonical(block: IpNet) -> IpNet {
    let length = block.prefix_len().checked_sub(96);
    match (block.addr().to_canonical(), length) {
        (IpAddr::V4(address), Some(length)) if block.addr().is_ipv6() => {
            Ipv4Net::new(address, length).map_or(block, IpNet::from)
        }
        _ => block,
    }
}

/// The elements of a header's list, the last first (RFC 9110, 5.6.1: empty ones count for nothing).
fn elements<'a>(
    headers: &'a HeaderMap,
    name: &'a HeaderName,
    split: Split,
) -> impl Iterator<Item = &'a str> + 'a {
    let lines =
        headers.get_all(name).iter().rev().map(|line| line.to_str().unwrap_or("unreadable"));
    let elements = lines.flat_map(move |line| split(line).into_iter().rev().map(str::trim));
    elements.filter(|element| !element.is_empty())
}

/// The parts between separators that stand in no quoted string (RFC 9110, 5.6.4). What is not closed goes on to the
/// end.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let is_escaped = std::mem::take(&mut escaped);
        match c {
            _ if is_escaped => {}
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
}

/// The `for` of an element of `Forwarded` (RFC 7239, 4), which has one and is well-formed: an element in which anything
/// is odd may have been made up to be misread.
fn forwarded(element: &str) -> Option<IpAddr> {
    let mut caller = None;
    for pair in unquoted(element, ';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').filter(|(name, _)| is_token(name))?;
        let value = value_of(value)?;
        if name.eq_ignore_ascii_case("for") && caller.replace(node(&value)?).is_some() {
            return None;
        }
    }
    caller
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// What a token, or a quoted string, stands for.
fn value_of(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return (!text.contains('"')).then(|| text.to_owned());
    };
    let (mut value, mut rest) = (String::with_capacity(rest.len()), rest.chars());
    loop {
        match rest.next()? {
            '"' => return rest.as_str().is_empty().then_some(value),
            '\\' => value.push(rest.next()?),
            c => value.push(c),
        }
    }
}

/// An address, with or without a port. Names that hide one (`unknown`, `_gateway`) are none.
fn node(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.or_else(bare).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXIES: &str = "10.0.0.0/8, 192.0.2.1, 2001:db8:ffff::/48";

    fn caller(peer: &str, headers: &[(HeaderName, &str)]) -> String {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        // Not collected, which would keep one line of each.
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        PROXIES.parse::<Proxies>().unwrap().caller(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn only_proxies_are_believed() {
        for header in [(FORWARDED, "for=198.51.100.7"), (X_FORWARDED_FOR, "198.51.100.7")] {
            assert_eq!(caller("203.0.113.9", std::slice::from_ref(&header)), "203.0.113.9");
            for proxy in ["10.1.2.3", "192.0.2.1", "2001:db8:ffff::1", "::ffff:10.1.2.3"] {
                assert_eq!(caller(proxy, std::slice::from_ref(&header)), "198.51.100.7", "{proxy}");
            }
        }
        assert_eq!(caller("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn the_first_from_the_right_that_is_no_proxy_is_the_caller() {
        for (text, expected) in [
            ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("1.1.1.1, 198.51.100.7, 10.9.9.9,10.8.8.8", "198.51.100.7"),
            ("10.7.7.7, 10.8.8.8", "10.7.7.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, ,", "198.51.100.7"),
            // What cannot be read is laid at the door of the proxy that wrote it.
            ("198.51.100.7, unknown", "10.0.0.1"),
            ("198.51.100.7, nonsense, 10.8.8.8", "10.8.8.8"),
            ("198.51.100.7 1.1.1.1", "10.0.0.1"),
            // It has no quotes: whoever sends one does not hide what the proxy adds.
            ("\"1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("999.1.1.1", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(caller("10.0.0.1", &[(X_FORWARDED_FOR, text)]), expected, "{text:?}");
        }
        let lines = [(X_FORWARDED_FOR, "1.1.1.1"), (X_FORWARDED_FOR, "198.51.100.7, 10.8.8.8")];
        assert_eq!(caller("10.0.0.1", &lines), "198.51.100.7", "lines are one list");
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        for (text, expected) in [
            ("for=198.51.100.7;proto=https;by=10.0.0.1", "198.51.100.7"),
            ("proto=https; For=\"198.51.100.7:4711\"", "198.51.100.7"),
            ("for=1.1.1.1, FOR=\"[2001:db8::7]:4711\";host=\"h\"", "2001:db8::7"),
            ("for=1.1.1.1, for=198.51.100.7, for=10.8.8.8", "198.51.100.7"),
            ("for=_hidden", "10.0.0.1"),
            ("for=unknown", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("for=198.51.100.7, by=\"a,b\"", "10.0.0.1"),
            // What stands in quotes is no element and no pair.
            ("for=198.51.100.7;host=\"x,for=1.2.3.4;y\"", "198.51.100.7"),
            ("for=198.51.100.7;host=\"x;for=1.2.3.4\"", "198.51.100.7"),
            ("for=198.51.100.7;host=\"\\\",for=1.2.3.4;y=\\\\\"", "198.51.100.7"),
            ("host=\"x\\\"\";for=\"198.51.100.\\7\"", "198.51.100.7"),
            // Quotes that are not closed, or closed in the middle, and two callers.
            ("for=\"198.51.100.7", "10.0.0.1"),
            ("for=198.51.100.7;host=\"x,for=1.2.3.4;y", "10.0.0.1"),
            ("for=1.2.3.4;host=\"x, for=198.51.100.7", "10.0.0.1"),
            ("for=198.51.100.7;host=\"x\\\"", "10.0.0.1"),
            ("for=198.51.100.7;host=a\"b\"", "10.0.0.1"),
            ("for=198.51.100.7;host=\"a\"b", "10.0.0.1"),
            ("for=198.51.100.7;for=1.2.3.4", "10.0.0.1"),
            ("for=198.51.100.7;host", "10.0.0.1"),
            ("for=1.2.3.4;\", for=198.51.100.7", "10.0.0.1"),
        ] {
            assert_eq!(caller("10.0.0.1", &[(FORWARDED, text)]), expected, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..Default::default() })]

        #[test]
        fn nothing_that_comes_before_what_the_proxy_says_makes_anyone_another(
            claim in r#"([fb]or=|host=|"|\\|,|;| |=|1\.2\.3\.4|\[::7\]|:80|x){0,12}"#,
        ) {
            let proxy = "for=198.51.100.7;host=\"a,b;for=1.2.3.4\"";
            let lines = [(FORWARDED, &*claim), (FORWARDED, proxy)];
            prop_assert_eq!(caller("10.0.0.1", &lines), "198.51.100.7");
            let line = format!("{claim}, for=198.51.100.7");
            let found = caller("10.0.0.1", &[(FORWARDED, &line)]);
            prop_assert!(["198.51.100.7", "10.0.0.1"].contains(&&*found), "{} {}", line, found);
            let line = format!("{claim}, 198.51.100.7");
            prop_assert_eq!(caller("10.0.0.1", &[(X_FORWARDED_FOR, &line)]), "198.51.100.7");
        }
    }

    #[test]
    fn a_header_that_the_proxy_only_hands_on_makes_nobody_another() {
        let agree = [(FORWARDED, "for=198.51.100.7"), (X_FORWARDED_FOR, "198.51.100.7")];
        assert_eq!(caller("10.0.0.1", &agree), "198.51.100.7");
        let differ = [(FORWARDED, "for=1.1.1.1"), (X_FORWARDED_FOR, "198.51.100.7")];
        assert_eq!(caller("10.0.0.1", &differ), "10.0.0.1");
    }

    #[test]
    fn a_block_of_ipv4_is_one_however_it_is_written() {
        for (block, address, within) in [
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "11.1.2.3", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("2001:db8::/32", "2001:db8::1", true),
        ] {
            let proxies = block.parse::<Proxies>().unwrap();
            assert_eq!(proxies.have(address.parse().unwrap()), within, "{block} {address}");
        }
    }

    #[test]
    fn what_is_no_block_is_named() {
        assert!("".parse::<Proxies>().is_ok_and(|proxies| proxies.0.is_empty()));
        for bad in ["nonsense", "10.0.0.0/33", "10.0.0.1, proxy.example", "10.0.0.1:80"] {
            let bad_part = bad.rsplit(", ").next().unwrap();
            assert!(bad.parse::<Proxies>().unwrap_err().contains(bad_part), "{bad}");
        }
    }
}
