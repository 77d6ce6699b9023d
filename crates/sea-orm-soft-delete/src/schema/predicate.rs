//! Reads, from the text of a condition in a schema, what it means for the marker.
//!
//! Each database prints conditions in its own spelling: PostgreSQL adds parentheses and casts, MySQL quotes
//! names, SQLite keeps the original text. This module compares tokens without these additions.

use sea_orm::DbBackend;

use crate::entity::marker::MarkerStorage;
use crate::operation::timestamp::Timestamp;
use crate::schema::sql::kept;

/// The marker of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MarkerNamed<'a> {
    pub(crate) name: &'a str,
    pub(crate) storage: MarkerStorage,
}

/// The state that a default gives to a new row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Born {
    Live,
    Trashed,
    /// The text of the default does not show the state.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word, in lower case.
    Word(String),
    /// A name in quotes.
    Name(String),
    Text(String),
    Symbol(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Live,
    Trashed,
}

impl State {
    fn other(self) -> Self {
        match self {
            Self::Live => Self::Trashed,
            Self::Trashed => Self::Live,
        }
    }
}

/// The deepest nesting of conditions that is read.
const DEEPEST: usize = 32;

impl MarkerNamed<'_> {
    /// Whether no trashed row satisfies the condition.
    pub(crate) fn excludes_trashed(&self, condition: &str) -> bool {
        self.is_live_only(&simple(condition), 0)
    }

    /// Whether every live row and no trashed row satisfies the condition.
    ///
    /// `own` is the condition as this crate writes it.
    pub(crate) fn is_exactly_live(&self, condition: &str, own: &str) -> bool {
        let (tokens, own) = (simple(condition), simple(own));
        self.says(State::Live, &tokens, 0) || self.atom(inside(&tokens)) == self.atom(inside(&own))
    }

    /// Whether every trashed row and no live row satisfies the condition.
    pub(crate) fn is_exactly_trashed(&self, condition: &str, own: &str) -> bool {
        let (tokens, own) = (simple(condition), simple(own));
        self.says(State::Trashed, &tokens, 0)
            || self.atom(inside(&tokens)) == self.atom(inside(&own))
    }

    /// Whether the expression has one value in all live rows, and is NULL in all trashed rows.
    pub(crate) fn is_null_in_trash(&self, expression: &str, own: &str) -> bool {
        let word = |token: &Token, word: &str| matches!(token, Token::Word(found) if found == word);
        let is_value = |token: &Token| {
            matches!(token, Token::Word(found) if found != "null")
                || matches!(token, Token::Text(_))
        };
        let tokens = simple(expression);
        let condition = match inside(&tokens) {
            [case, when, condition @ .., then, value, end]
                if word(case, "case")
                    && word(when, "when")
                    && word(then, "then")
                    && word(end, "end")
                    && is_value(value) =>
            {
                condition
            }
            [case, when, condition @ .., then, value, or, null, end]
                if word(case, "case")
                    && word(when, "when")
                    && word(then, "then")
                    && word(or, "else")
                    && word(null, "null")
                    && word(end, "end")
                    && is_value(value) =>
            {
                condition
            }
            [call, open, condition @ .., comma, value, other, null, close]
                if word(call, "if")
                    && is_symbol(Some(open), "(")
                    && is_symbol(Some(comma), ",")
                    && is_symbol(Some(other), ",")
                    && is_symbol(Some(close), ")")
                    && word(null, "null")
                    && is_value(value) =>
            {
                condition
            }
            _ => return false,
        };
        let is_one = |token: &Token| {
            !["when", "then", "else"]
                .iter()
                .any(|other| word(token, other))
        };
        let own = simple(own);
        condition.iter().all(is_one)
            && (self.says(State::Live, condition, 0)
                || self.atom(inside(condition)) == self.atom(inside(&own)))
    }

    /// Whether the expression mentions the marker.
    pub(crate) fn is_in(&self, expression: &str) -> bool {
        is_in(self.name, expression)
    }

    /// Whether the expression is a boolean that has one constant value in all trashed rows.
    pub(crate) fn is_told_by(&self, expression: &str) -> bool {
        let tokens = simple(expression);
        let atom = self.atom(inside(&tokens));
        self.says_live(&atom) || self.says_trashed(&atom)
    }

    /// The state of a new row whose marker has this default.
    pub(crate) fn born_with(&self, default: &str) -> Born {
        let tokens = simple(default);
        let tokens = inside(&tokens);
        let value = match tokens {
            [Token::Word(word)] | [Token::Text(word)] => word.as_str(),
            _ => "",
        };
        let is_now = matches!(tokens.first(), Some(Token::Word(word)) if [
            "current_timestamp", "now", "localtimestamp", "transaction_timestamp",
            "clock_timestamp", "statement_timestamp", "datetime", "strftime", "unix_timestamp",
            "unixepoch", "utc_timestamp", "sysdate",
        ]
        .contains(&word.as_str()));
        let live_if = |is_live| if is_live { Born::Live } else { Born::Trashed };
        let number = value.parse::<i64>();
        match self.storage {
            MarkerStorage::Nullable { .. } => live_if(value == "null"),
            MarkerStorage::NullableEpoch { .. } if value == "null" => Born::Live,
            MarkerStorage::Flag => match value {
                "false" | "0" | "f" => Born::Live,
                "true" | "1" | "t" => Born::Trashed,
                _ => Born::Unknown,
            },
            MarkerStorage::Epoch { .. } | MarkerStorage::NullableEpoch { .. } => match number {
                Ok(number) => live_if(number == 0),
                Err(_) if is_now => Born::Trashed,
                Err(_) => Born::Unknown,
            },
            MarkerStorage::Sentinel { live, .. } => {
                match instant(value).or_else(|| instant(default)) {
                    Some(at) => live_if(at == live),
                    None if is_now => Born::Trashed,
                    None => Born::Unknown,
                }
            }
        }
    }

    /// Whether every row in this state and no other row satisfies the condition.
    fn says(&self, state: State, tokens: &[Token], depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let tokens = inside(tokens);
        let (any, all) = (split(tokens, "or"), split(tokens, "and"));
        if any.len() > 1 || all.len() > 1 {
            // The condition for a marker that is live at NULL and at 0 has two parts.
            let (parts, [null, zero]) = match state {
                State::Live => (&any, ["$ is null", "$ = 0"]),
                State::Trashed => (&all, ["$ is not null", "$ <> 0"]),
            };
            let parts: Vec<String> = parts.iter().map(|part| self.atom(inside(part))).collect();
            return matches!(self.storage, MarkerStorage::NullableEpoch { .. })
                && parts.len() == 2
                && parts.iter().any(|part| part == null)
                && parts.iter().any(|part| part == zero);
        }
        if let [Token::Word(not), negated @ ..] = tokens
            && not == "not"
        {
            return self.says(state.other(), negated, depth + 1);
        }
        let atom = self.atom(tokens);
        let is_all = match self.storage {
            MarkerStorage::Nullable { .. } | MarkerStorage::Flag => true,
            // A marker before the live instant is trashed just as a later one is, so an order comparison
            // misses some rows.
            MarkerStorage::Epoch { .. } | MarkerStorage::Sentinel { .. } => {
                let is_order = |word: &str| matches!(word, "<" | "<=" | ">" | ">=");
                !atom.split(' ').any(is_order)
            }
            MarkerStorage::NullableEpoch { .. } => atom.contains(" ( $ , 0 ) "),
        };
        is_all
            && match state {
                State::Live => self.says_live(&atom),
                State::Trashed => self.says_trashed(&atom),
            }
    }

    fn is_live_only(&self, tokens: &[Token], depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let tokens = inside(tokens);
        let any = split(tokens, "or");
        if any.len() > 1 {
            return any.iter().all(|part| self.is_live_only(part, depth + 1));
        }
        let all = split(tokens, "and");
        if all.len() > 1 {
            return all.iter().any(|part| self.is_live_only(part, depth + 1));
        }
        if let [Token::Word(not), negated @ ..] = tokens
            && not == "not"
        {
            return self.says_trashed(&self.atom(inside(negated)));
        }
        self.says_live(&self.atom(tokens))
    }

    /// Spells a condition without AND, OR and NOT, with `$` for the marker.
    fn atom(&self, tokens: &[Token]) -> String {
        let is_marker = |name: &str| name.eq_ignore_ascii_case(self.name);
        let words: Vec<String> = tokens
            .iter()
            .map(|token| match token {
                Token::Word(name) | Token::Name(name) if is_marker(name) => "$".to_owned(),
                Token::Word(word) | Token::Symbol(word) => word.clone(),
                Token::Name(name) => format!("\"{name}\""),
                Token::Text(text) => self.spell(text),
            })
            .collect();
        words.join(" ")
    }

    /// Spells a text, with `live` for the instant of live rows.
    fn spell(&self, text: &str) -> String {
        match self.storage {
            MarkerStorage::Sentinel { live, .. } if instant(text) == Some(live) => {
                "live".to_owned()
            }
            MarkerStorage::Flag if matches!(text, "f" | "false") => "false".to_owned(),
            MarkerStorage::Flag if matches!(text, "t" | "true") => "true".to_owned(),
            MarkerStorage::Flag
            | MarkerStorage::Epoch { .. }
            | MarkerStorage::NullableEpoch { .. }
                if text.parse::<i64>().is_ok() =>
            {
                text.to_owned()
            }
            _ => format!("'{text}'"),
        }
    }

    fn says_live(&self, atom: &str) -> bool {
        let is_null = matches!(atom, "$ is null" | "$ isnull" | "$ <=> null");
        let is_zero = matches!(atom, "$ = 0" | "0 = $" | "$ <= 0" | "$ < 1" | "$ <=> 0");
        match self.storage {
            MarkerStorage::Nullable { .. } => is_null,
            MarkerStorage::Flag => {
                is_zero
                    || matches!(
                        atom,
                        "$ = false"
                            | "false = $"
                            | "$ is false"
                            | "$ is 0"
                            | "$ is not true"
                            | "$ is not 1"
                            | "$ <> true"
                            | "$ != true"
                            | "$ <> 1"
                            | "$ != 1"
                            | "$ <=> false"
                    )
            }
            MarkerStorage::Epoch { .. } => is_zero,
            MarkerStorage::NullableEpoch { .. } => {
                is_null
                    || is_zero
                    || matches!(atom, "coalesce ( $ , 0 ) = 0" | "ifnull ( $ , 0 ) = 0")
            }
            MarkerStorage::Sentinel { .. } => {
                matches!(atom, "$ = live" | "live = $" | "$ >= live" | "$ <=> live")
            }
        }
    }

    fn says_trashed(&self, atom: &str) -> bool {
        let is_not_null = matches!(atom, "$ is not null" | "$ notnull");
        let is_not_zero = matches!(atom, "$ <> 0" | "$ != 0" | "$ > 0");
        match self.storage {
            MarkerStorage::Nullable { .. } => is_not_null,
            MarkerStorage::Flag => {
                is_not_zero
                    || matches!(
                        atom,
                        "$" | "$ = true"
                            | "true = $"
                            | "$ = 1"
                            | "1 = $"
                            | "$ is true"
                            | "$ is 1"
                            | "$ <> false"
                            | "$ != false"
                    )
            }
            MarkerStorage::Epoch { .. } => is_not_zero,
            // The negation of either is live, or NULL.
            MarkerStorage::NullableEpoch { .. } => is_not_null || is_not_zero,
            MarkerStorage::Sentinel { .. } => {
                matches!(atom, "$ <> live" | "$ != live" | "$ < live")
            }
        }
    }
}

/// Whether the expression mentions a column.
pub(crate) fn is_in(column: &str, expression: &str) -> bool {
    tokens(expression).iter().any(|token| {
        matches!(token, Token::Word(name) | Token::Name(name)
            if name.eq_ignore_ascii_case(column))
    })
}

/// Whether the condition is `column IS NOT NULL`.
pub(crate) fn is_not_null(column: &str, condition: &str, backend: DbBackend) -> bool {
    let tokens = simple(condition);
    let is_column = |name: &str| name.eq_ignore_ascii_case(kept(column, backend));
    let word = |token: &Token, word: &str| matches!(token, Token::Word(found) if found == word);
    match inside(&tokens) {
        [Token::Word(name) | Token::Name(name), is, not, null] => {
            is_column(name) && word(is, "is") && word(not, "not") && word(null, "null")
        }
        _ => false,
    }
}

/// Whether two expressions can be the same one in different databases' spelling.
///
/// Databases rename some functions, add casts and rewrite lists. The comparison uses only the parts that
/// they keep: these columns, numbers, and functions that have one name.
pub(crate) fn can_be_same<S: AsRef<str>>(one: &str, other: &str, columns: &[S]) -> bool {
    const KEPT: &[&str] = &[
        "lower", "upper", "coalesce", "md5", "abs", "reverse", "year", "month", "left", "right",
    ];
    let kept = |sql: &str| {
        let mut words: Vec<String> = simple(sql)
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) | Token::Name(word) => Some(word.to_lowercase()),
                _ => None,
            })
            .filter(|word| {
                KEPT.contains(&word.as_str())
                    || word.parse::<u64>().is_ok()
                    || (columns.iter()).any(|column| column.as_ref().eq_ignore_ascii_case(word))
            })
            .collect();
        words.sort();
        words.dedup();
        words
    };
    kept(one) == kept(other)
}

/// The tokens without a database's additions.
fn simple(sql: &str) -> Vec<Token> {
    let mut tokens = without_casts(tokens(sql));
    loop {
        let before = tokens.len();
        tokens = without_single_parentheses(&tokens);
        if tokens.len() == before {
            return tokens;
        }
    }
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            _ if first.is_whitespace() => {}
            '\'' | '"' | '`' | '[' => {
                let end = if first == '[' { ']' } else { first };
                let mut inner = String::new();
                while let Some(character) = rest.next() {
                    if character != end {
                        inner.push(character);
                    } else if end != ']' && rest.peek() == Some(&end) {
                        rest.next();
                        inner.push(end);
                    } else {
                        break;
                    }
                }
                tokens.push(match first {
                    '\'' => Token::Text(inner),
                    _ => Token::Name(inner),
                });
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let mut word = first.to_string();
                while let Some(next) =
                    rest.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word.to_lowercase()));
            }
            _ => {
                let mut symbol = first.to_string();
                if "<>=!:".contains(first) {
                    while let Some(next) = rest.next_if(|next| "<>=:".contains(*next)) {
                        symbol.push(next);
                    }
                }
                tokens.push(Token::Symbol(symbol));
            }
        }
    }
    tokens
}

fn is_symbol(token: Option<&Token>, symbol: &str) -> bool {
    matches!(token, Some(Token::Symbol(found)) if found == symbol)
}

/// Removes `::type`, `TIMESTAMP '…'`, `_utf8mb4'…'` and the qualifiers of names.
fn without_casts(tokens: Vec<Token>) -> Vec<Token> {
    const OF_TYPES: &[&str] = &["with", "without", "time", "zone", "varying", "precision"];
    let mut simple: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Symbol(symbol) if symbol == "::" => {
                at += 1;
                while is_symbol(tokens.get(at), ".") {
                    at += 2;
                }
                while let Some(next) = tokens.get(at) {
                    match next {
                        Token::Word(word) if OF_TYPES.contains(&word.as_str()) => at += 1,
                        Token::Symbol(open)
                            if open == "(" && is_symbol(tokens.get(at + 2), ")") =>
                        {
                            at += 3;
                        }
                        _ => break,
                    }
                }
            }
            Token::Symbol(symbol) if symbol == "." && !simple.is_empty() => {
                simple.pop();
            }
            Token::Word(word)
                if matches!(tokens.get(at), Some(Token::Text(_)))
                    && (word.starts_with('_') || matches!(word.as_str(), "timestamp" | "b")) => {}
            _ => simple.push(token.clone()),
        }
    }
    simple
}

/// Turns `(x)` into `x`, except in the arguments of a function.
fn without_single_parentheses(tokens: &[Token]) -> Vec<Token> {
    const NO_FUNCTIONS: &[&str] = &["and", "or", "not", "is", "when", "then", "else", "case"];
    let mut simple: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let is_call = match simple.last() {
            Some(Token::Word(word)) => !NO_FUNCTIONS.contains(&word.as_str()),
            Some(Token::Name(_)) => true,
            _ => false,
        };
        let single = tokens.get(at + 1);
        let is_single = !matches!(single, None | Some(Token::Symbol(_)));
        if is_symbol(Some(token), "(")
            && is_single
            && is_symbol(tokens.get(at + 2), ")")
            && !is_call
        {
            simple.extend(single.cloned());
            at += 3;
        } else {
            simple.push(token.clone());
            at += 1;
        }
    }
    simple
}

/// Removes parentheses that enclose all tokens.
fn inside(mut tokens: &[Token]) -> &[Token] {
    while let [Token::Symbol(open), within @ .., Token::Symbol(close)] = tokens
        && open == "("
        && close == ")"
        && is_balanced(within)
    {
        tokens = within;
    }
    tokens
}

fn is_balanced(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    for token in tokens {
        if is_symbol(Some(token), "(") {
            depth += 1;
        } else if is_symbol(Some(token), ")") {
            let Some(less) = depth.checked_sub(1) else {
                return false;
            };
            depth = less;
        }
    }
    depth == 0
}

/// Splits at this word, outside of parentheses and of CASE … END.
fn split<'a>(tokens: &'a [Token], word: &str) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Symbol(symbol) if symbol == "(" => depth += 1,
            Token::Symbol(symbol) if symbol == ")" => depth = depth.saturating_sub(1),
            Token::Word(found) if found == "case" => depth += 1,
            Token::Word(found) if found == "end" => depth = depth.saturating_sub(1),
            Token::Word(found) if found == word && depth == 0 => {
                parts.extend(tokens.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(tokens.get(start..));
    parts
}

/// The instant in a literal such as `9999-12-31 00:00:00+00`; a literal without a zone is in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim_matches('\'');
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = match text.len() {
        10 => (0, 0, 0),
        _ => (number(11..13)?, number(14..16)?, number(17..19)?),
    };
    let mut rest = text.get(19..).unwrap_or_default();
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.find(|c: char| !c.is_ascii_digit());
        let (digits, zone) = fraction.split_at(digits.unwrap_or(fraction.len()));
        let six: String = digits.chars().chain("000000".chars()).take(6).collect();
        micros = six.parse().ok()?;
        rest = zone;
    }
    let rest = rest.trim();
    let offset = match rest.split_at_checked(1) {
        None | Some(("Z" | "z", "")) => 0,
        Some((sign @ ("+" | "-"), zone)) => {
            let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
            let hours = digits.get(..2)?.parse::<i64>().ok()?;
            let minutes = digits
                .get(2..4)
                .map_or(Some(0), |digits| digits.parse().ok())?;
            let minutes = hours * 60 + minutes;
            if sign == "-" { -minutes } else { minutes }
        }
        Some(_) => return None,
    };
    // Howard Hinnant's days_from_civil, for years from 1 on.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = days * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    Timestamp::from_unix_micros(seconds.checked_mul(1_000_000)? + micros)
}

#[cfg(all(test, feature = "with-chrono"))]
mod tests {
    use chrono::{DateTime, NaiveDateTime, Utc};

    use super::*;
    use crate::entity::marker::Marker;

    fn nullable() -> MarkerStorage {
        Marker::of::<Option<DateTime<Utc>>>(()).storage()
    }
    fn flag() -> MarkerStorage {
        Marker::of::<bool>(()).storage()
    }
    fn epoch() -> MarkerStorage {
        Marker::epoch_seconds::<i64>(()).storage()
    }
    fn nullable_epoch() -> MarkerStorage {
        Marker::epoch_seconds::<Option<i64>>(()).storage()
    }
    fn sentinel() -> MarkerStorage {
        // 9999-12-31
        let live = Timestamp::from_unix_seconds(253_402_214_400).unwrap_or(Timestamp::MAX);
        Marker::sentinel::<NaiveDateTime>((), live).storage()
    }

    #[track_caller]
    fn excludes(storage: MarkerStorage, conditions: &[&str]) {
        let marker = MarkerNamed {
            name: "gone",
            storage,
        };
        for condition in conditions {
            assert!(marker.excludes_trashed(condition), "{condition}");
        }
    }

    #[track_caller]
    fn lets_in(storage: MarkerStorage, conditions: &[&str]) {
        let marker = MarkerNamed {
            name: "gone",
            storage,
        };
        for condition in conditions {
            assert!(!marker.excludes_trashed(condition), "{condition}");
        }
    }

    #[test]
    fn a_condition_on_null_is_known_in_every_spelling() {
        excludes(
            nullable(),
            &[
                "gone IS NULL",
                "(gone IS NULL)",
                "((\"gone\") is  null)",
                "`note`.`gone` IS NULL",
                "[gone] ISNULL",
                "\"archive\".\"note\".\"GONE\" IS NULL",
                "(gone)::timestamp(3) with time zone IS NULL",
                "NOT (gone IS NOT NULL)",
                "NOT gone IS NOT NULL",
                "(tenant > 3) AND (gone IS NULL)",
                "gone IS NULL AND (a = 1 OR b = 2)",
                "(gone IS NULL AND a) OR (b AND gone IS NULL)",
            ],
        );
        lets_in(
            nullable(),
            &[
                "",
                "gone IS NOT NULL",
                "NOT (gone IS NULL)",
                "other IS NULL",
                "gone IS NULL OR is_admin",
                "name = 'gone IS NULL'",
                "gone_at IS NULL",
                "CASE WHEN a AND gone IS NULL THEN b ELSE c END",
                "NOT (gone IS NULL AND a)",
                "coalesce(gone IS NULL, true)",
            ],
        );
    }

    #[test]
    fn a_condition_on_false_is_known_in_every_spelling() {
        excludes(
            flag(),
            &[
                "gone = FALSE",
                "gone = 0",
                "(gone = false)",
                "(NOT gone)",
                "NOT (gone)",
                "gone IS FALSE",
                "gone IS NOT TRUE",
                "gone <> 1",
                "FALSE = gone",
                "gone = 'f'::boolean",
            ],
        );
        lets_in(
            flag(),
            &[
                "gone",
                "gone = TRUE",
                "gone = 1",
                "NOT other",
                "gone IS NULL",
                "NOT gone = 0",
            ],
        );
    }

    #[test]
    fn a_condition_on_zero_is_known_in_every_spelling() {
        excludes(
            epoch(),
            &[
                "gone = 0",
                "(gone = '0'::bigint)",
                "0 = gone",
                "NOT (gone <> 0)",
            ],
        );
        lets_in(epoch(), &["gone <> 0", "gone = 10", "gone IS NULL"]);
        excludes(
            nullable_epoch(),
            &[
                "gone IS NULL OR gone = 0",
                "((gone IS NULL) OR (gone = 0))",
                "gone IS NULL",
                "COALESCE(gone, 0) = 0",
            ],
        );
        lets_in(
            nullable_epoch(),
            &["gone IS NULL OR gone > 0", "COALESCE(gone, 1) = 0"],
        );
    }

    #[test]
    fn an_instant_is_the_same_in_every_spelling() {
        excludes(
            sentinel(),
            &[
                "gone = '9999-12-31 00:00:00'",
                "gone = '9999-12-31'",
                "(gone = '9999-12-31 00:00:00'::timestamp without time zone)",
                "(gone = '9999-12-31 02:00:00+02'::timestamp with time zone)",
                "gone = '9999-12-30T19:00:00.000000-05:00'",
                "gone = TIMESTAMP '9999-12-31 00:00:00'",
                "NOT gone <> '9999-12-31T00:00:00Z'",
            ],
        );
        lets_in(
            sentinel(),
            &[
                "gone = '9999-12-31 00:00:01'",
                "gone <> '9999-12-31 00:00:00'",
                "gone = 'infinity'",
                "gone IS NULL",
            ],
        );
    }

    #[test]
    fn a_default_makes_rows_live_or_trashed() {
        let born = |storage, default| {
            let marker = MarkerNamed {
                name: "gone",
                storage,
            };
            marker.born_with(default)
        };
        for (storage, default, expected) in [
            (nullable(), "NULL::timestamp with time zone", Born::Live),
            (nullable(), "now()", Born::Trashed),
            (nullable(), "current_timestamp(6)", Born::Trashed),
            (nullable(), "'0000-00-00 00:00:00'", Born::Trashed),
            (flag(), "false", Born::Live),
            (flag(), "0", Born::Live),
            (flag(), "b'0'", Born::Live),
            (flag(), "'1'", Born::Trashed),
            (flag(), "some_function()", Born::Unknown),
            (epoch(), "'0'::bigint", Born::Live),
            (epoch(), "1", Born::Trashed),
            (epoch(), "unixepoch()", Born::Trashed),
            (nullable_epoch(), "NULL", Born::Live),
            (nullable_epoch(), "0", Born::Live),
            (
                sentinel(),
                "'9999-12-31 00:00:00'::timestamp without time zone",
                Born::Live,
            ),
            (sentinel(), "9999-12-31 00:00:00.000000", Born::Live),
            (sentinel(), "'2000-01-01 00:00:00'", Born::Trashed),
            (sentinel(), "CURRENT_TIMESTAMP", Born::Trashed),
        ] {
            assert_eq!(born(storage, default), expected, "{default}");
        }
    }

    #[test]
    fn an_expression_that_is_true_or_false_tells_a_row_no_better_than_a_flag() {
        let marker = MarkerNamed {
            name: "gone",
            storage: nullable(),
        };
        assert!(marker.is_told_by("(`gone` is null)"));
        assert!(!marker.is_told_by("case when `gone` is null then 1 end"));
        assert!(marker.is_in("case when `gone` is null then 1 end"));
        assert!(!marker.is_in("lower('gone')"));
    }
}
