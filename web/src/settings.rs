//! What a person chooses for the page, kept in the browser.

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The word that is stored, and set as the document's `data-theme`.
    pub const fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of a word; the system's for an unknown one.
    pub fn of_word(word: &str) -> Theme {
        match word {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// The next one in turn.
    pub const fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }
}

/// The speeds at which steps are played, in quarters of the normal one.
pub const SPEEDS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// A speed in words: `0.5×`.
pub fn speed_words(quarters: u32) -> String {
    let part = match quarters % 4 {
        0 => "",
        1 => ".25",
        2 => ".5",
        _ => ".75",
    };
    format!("{}{part}×", quarters / 4)
}

/// The page's switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Speed of play, in quarters of the normal one.
    pub speed: u32,
    /// Whether things move, or are only highlighted.
    pub motions: bool,
    /// Whether single letters are commands.
    pub letters: bool,
    /// Whether Linux's functions are named.
    pub expert: bool,
    /// Whether a step is one command; else it is one statement.
    pub fine: bool,
    /// Whether a step is one motion of a command.
    pub beats: bool,
}

impl Settings {
    /// As a page is first opened; `reduced` is the system's wish for reduced motion.
    pub const fn new(reduced: bool) -> Settings {
        Settings {
            theme: Theme::System,
            speed: 4,
            motions: !reduced,
            letters: true,
            expert: false,
            fine: false,
            beats: false,
        }
    }

    /// One line of text that [`Settings::read`] reads.
    pub fn write(&self) -> String {
        let Settings {
            theme,
            speed,
            motions,
            letters,
            expert,
            fine,
            beats,
        } = self;
        format!(
            "{} {speed} {motions} {letters} {expert} {fine} {beats}",
            theme.word()
        )
    }

    /// What was written, as far as it can be read, over the settings as they are.
    pub fn read(&mut self, text: &str) {
        let mut words = text.split(' ');
        self.theme = Theme::of_word(words.next().unwrap_or(""));
        if let Some(speed) = words.next().and_then(|word| word.parse().ok()) {
            self.speed = if SPEEDS.contains(&speed) { speed } else { 4 };
        }
        let switches = [
            &mut self.motions,
            &mut self.letters,
            &mut self.expert,
            &mut self.fine,
            &mut self.beats,
        ];
        for switch in switches {
            if let Some(value) = words.next().and_then(|word| word.parse().ok()) {
                *switch = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_storage() {
        let kept = Settings {
            theme: Theme::Dark,
            speed: 16,
            motions: false,
            letters: false,
            expert: true,
            fine: true,
            beats: true,
        };
        let mut read = Settings::new(false);
        read.read(&kept.write());
        assert_eq!(read, kept);
        assert_eq!(
            [1, 2, 4, 6].map(speed_words),
            ["0.25×", "0.5×", "1×", "1.5×"]
        );
        for text in ["", "dark", "x 9999 maybe", "light 3 true"] {
            read.read(text);
            assert!(SPEEDS.contains(&read.speed));
        }
    }
}
