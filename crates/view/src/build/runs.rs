//! Folding: which of many numbered things are drawn one by one, and which stretches become one line.

use std::ops::Range;

/// A stretch of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// To be drawn one by one.
    Shown(Range<u64>),
    /// To be folded.
    Folded(Range<u64>),
}

/// Cuts `all` into stretches: everything in `wanted` is shown, and everything at all where `room` suffices. A single
/// thing is never folded, since its fold would take as much room.
pub fn fold(all: Range<u64>, wanted: &[Range<u64>], room: u64) -> Vec<Stretch> {
    let count = all.end.saturating_sub(all.start);
    if count == 0 {
        return Vec::new();
    }
    if count <= room {
        return vec![Stretch::Shown(all)];
    }
    let mut stretches = Vec::new();
    let mut at = all.start;
    for shown in merged(&all, wanted) {
        if at < shown.start {
            stretches.push(Stretch::Folded(at..shown.start));
        }
        at = shown.end;
        stretches.push(Stretch::Shown(shown));
    }
    if at < all.end {
        stretches.push(Stretch::Folded(at..all.end));
    }
    stretches
}

/// The wanted ranges within `all`, ascending, those less than two apart from each other or from an end joined.
fn merged(all: &Range<u64>, wanted: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = wanted
        .iter()
        .map(|range| range.start.max(all.start)..range.end.min(all.end))
        .collect();
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    if let Some(first) = merged
        .first_mut()
        .filter(|first| first.start == all.start + 1)
    {
        first.start = all.start;
    }
    if let Some(last) = merged.last_mut().filter(|last| last.end + 1 == all.end) {
        last.end = all.end;
    }
    merged
}

/// The numbers around one: what is near is drawn, too.
pub fn around(number: u64) -> Range<u64> {
    number.saturating_sub(1)..number.saturating_add(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(all: Range<u64>, wanted: &[Range<u64>], room: u64) -> String {
        let words = fold(all, wanted, room)
            .into_iter()
            .map(|stretch| match stretch {
                Stretch::Shown(range) => format!("{}-{}", range.start, range.end - 1),
                Stretch::Folded(range) => format!("({})", range.end - range.start),
            });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_wanted_is_shown_and_the_rest_folded() {
        assert_eq!(text(0..8, &[], 8), "0-7");
        assert_eq!(text(0..9, &[], 8), "(9)");
        assert_eq!(
            text(10..100, &[0..12, 50..52, 53..54, 98..99], 8),
            "10-11 (38) 50-53 (44) 98-99"
        );
        assert_eq!(text(10..100, &[11..12, 200..300], 8), "10-11 (88)");
        assert_eq!(text(5..5, &[], 8), "");
    }
}
