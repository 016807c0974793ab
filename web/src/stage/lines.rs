//! Lines between things of the stage, as SVG path data.

use super::shape::Rect;

/// Straight or gently bent, from the bottom of one to the top of another below it.
pub fn down(from: Rect, to: Rect) -> String {
    let (a, b) = (from.middle(), to.middle());
    let (start, end) = (from.y + from.h, to.y);
    let bend = (end - start) / 2;
    format!(
        "M{} {start}C{} {},{} {},{} {end}",
        a.x,
        a.x,
        start + bend,
        b.x,
        end - bend,
        b.x
    )
}

/// A curve from the side of one thing to the nearer side of another in another lane.
pub fn across(from: Rect, to: Rect) -> String {
    let (a, b) = (from.middle(), to.middle());
    let rightwards = b.x >= a.x;
    let (start, end) = if rightwards {
        (from.x + from.w, to.x)
    } else {
        (from.x, to.x + to.w)
    };
    let bend = ((end - start).abs() / 2).clamp(24, 160);
    let bend = if rightwards { bend } else { -bend };
    format!(
        "M{start} {}C{} {},{} {},{end} {}",
        a.y,
        start + bend,
        a.y,
        end - bend,
        b.y,
        b.y
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_start_and_end_at_the_edges() {
        let (a, b) = (Rect::new(0, 0, 20, 20), Rect::new(100, 50, 20, 20));
        assert_eq!(across(a, b), "M20 10C60 10,60 60,100 60");
        assert_eq!(across(b, a), "M100 60C60 60,60 10,20 10");
        assert_eq!(down(a, b), "M10 20C10 35,110 35,110 50");
    }
}
