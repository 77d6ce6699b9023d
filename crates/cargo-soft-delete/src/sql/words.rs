//! The words of a statement, and where each stands.

/// The words and comparisons of a text in lower case; quotes, dots and escapes (`\n`) separate words.
pub(super) struct Words {
    pub(super) texts: Vec<String>,
    places: Vec<Place>,
    /// The parentheses around each pair of parentheses; the first is the statement itself.
    parents: Vec<usize>,
}

#[derive(Default)]
struct Place {
    /// The parentheses that the word stands in.
    parentheses: usize,
    /// The dot, comma or parenthesis that follows.
    behind: Option<char>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self {
            texts: Vec::new(),
            places: Vec::new(),
            parents: vec![0],
        };
        let (mut parentheses, mut last) = (0, None);
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter == '\\' {
                letters.next();
            }
            let kind = if letter.is_alphanumeric() || letter == '_' {
                Some('w')
            } else if matches!(letter, '<' | '>' | '=') {
                Some('c')
            } else {
                None
            };
            if kind.is_none() {
                words.separate(letter, &mut parentheses);
            } else if kind != last {
                words.texts.push(String::new());
                words.places.push(Place {
                    parentheses,
                    behind: None,
                });
            }
            if let Some(word) = words.texts.last_mut()
                && kind.is_some()
            {
                word.extend(letter.to_lowercase());
            }
            last = kind;
        }
        words
    }

    fn separate(&mut self, letter: char, parentheses: &mut usize) {
        if matches!(letter, '.' | ',' | '(' | ')')
            && let Some(place) = self.places.last_mut()
        {
            place.behind.get_or_insert(letter);
        }
        match letter {
            '(' => {
                self.parents.push(*parentheses);
                *parentheses = self.parents.len() - 1;
            }
            ')' => *parentheses = self.parents[*parentheses],
            _ => {}
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.texts.get(index).map(String::as_str)
    }

    /// Whether the word stands in front of a dot: `n` in `n.id`.
    pub(super) fn is_qualifier(&self, index: usize) -> bool {
        self.behind(index) == Some('.')
    }

    /// The qualifier of a column: `n` of `n.id`.
    pub(super) fn qualifier(&self, index: usize) -> Option<&str> {
        let before = index.checked_sub(1)?;
        self.get(before).filter(|_| self.is_qualifier(before))
    }

    /// The alias of the table at this index: `n` in `notes n` and in `notes AS n`.
    pub(super) fn alias(&self, index: usize) -> Option<&str> {
        const NOT_AN_ALIAS: &[&str] = &[
            "cross",
            "for",
            "force",
            "full",
            "group",
            "having",
            "ignore",
            "inner",
            "join",
            "left",
            "limit",
            "natural",
            "on",
            "order",
            "returning",
            "right",
            "select",
            "set",
            "straight_join",
            "union",
            "use",
            "using",
            "values",
            "where",
        ];
        if self.behind(index).is_some() {
            return None;
        }
        match self.get(index + 1)? {
            "as" => self.get(index + 2),
            word => Some(word).filter(|word| !NOT_AN_ALIAS.contains(word)),
        }
    }

    /// The parentheses around a word, from the inside to the statement itself.
    pub(super) fn parentheses_around(&self, index: usize) -> impl Iterator<Item = usize> {
        let inner = self.parentheses(index);
        std::iter::successors(Some(inner), |&inner| {
            (inner != 0).then(|| self.parents[inner])
        })
    }

    pub(super) fn parentheses(&self, index: usize) -> usize {
        self.places[index].parentheses
    }

    fn behind(&self, index: usize) -> Option<char> {
        self.places.get(index)?.behind
    }
}
