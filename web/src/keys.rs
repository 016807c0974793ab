//! The keyboard's map: which message a key sends when it is pressed outside of a text field.

use view::Happening;

use crate::msg::Msg;
use crate::settings::Settings;
use crate::stage::Lane;
use crate::state::Activity;

/// Where the focus is when a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a field that takes text.
    Text,
    /// On something that Space presses.
    Control,
    /// Elsewhere.
    Page,
}

/// The message of a key; none where it means nothing to the page.
pub fn message(key: &str, place: Place, activity: Activity, settings: &Settings) -> Option<Msg> {
    if key == "Escape" && activity != Activity::Still {
        return Some(Msg::Stop);
    }
    if place == Place::Text || !settings.letters {
        return None;
    }
    Some(match key {
        " " if place == Place::Control => return None,
        " " if activity != Activity::Still => Msg::Stop,
        " " => Msg::Play,
        "." => Msg::Step,
        "," => Msg::Back,
        "]" => Msg::Beat(true),
        "[" => Msg::Beat(false),
        "p" => Msg::GoTo(Happening::Fault, true),
        "P" => Msg::GoTo(Happening::Fault, false),
        "o" => Msg::GoTo(Happening::Copy, true),
        "O" => Msg::GoTo(Happening::Copy, false),
        "w" => Msg::GoTo(Happening::Writeback, true),
        "W" => Msg::GoTo(Happening::Writeback, false),
        "a" => Msg::Focus("action-0".to_owned()),
        "0" => Msg::Start,
        "r" if activity == Activity::Running => Msg::Stop,
        "r" => Msg::Run,
        "c" => Msg::Focus("statement".to_owned()),
        "e" => Msg::Focus("program".to_owned()),
        "g" => Msg::FocusStage,
        "l" => Msg::Focus("time".to_owned()),
        "t" => Msg::ToggleTables,
        "f" => Msg::ToggleCharts,
        "b" => Msg::ToggleDense,
        "v" => Msg::FoldLane(Lane::Whole),
        "x" => Msg::ToggleCompare,
        "m" => Msg::Set(Settings {
            motions: !settings.motions,
            ..settings.clone()
        }),
        "d" => Msg::NextTheme,
        "s" => Msg::Share,
        "?" => Msg::Show("keys"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: &str, place: Place, activity: Activity) -> String {
        format!("{:?}", message(key, place, activity, &Settings::new(false)))
    }

    #[test]
    fn letters_are_commands_outside_of_text() {
        assert_eq!(sent(".", Place::Page, Activity::Still), "Some(Step)");
        assert_eq!(sent(".", Place::Text, Activity::Still), "None");
        assert_eq!(sent(" ", Place::Control, Activity::Still), "None");
        assert_eq!(sent(" ", Place::Page, Activity::Playing), "Some(Stop)");
        let mut off = Settings::new(false);
        off.letters = false;
        assert!(message(".", Place::Page, Activity::Still, &off).is_none());
    }

    #[test]
    fn escape_stops_from_everywhere() {
        assert_eq!(sent("Escape", Place::Text, Activity::Running), "Some(Stop)");
        assert_eq!(sent("Escape", Place::Text, Activity::Still), "None");
    }
}
