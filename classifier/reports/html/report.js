"use strict";
// An enhancement only: sort by a click on a heading, filter rows, show long tables in parts.
(function () {
  function value(row, column) {
    var cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.classList.contains("n") ? -Infinity : cell.textContent;
  }
  function before(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }
  function enhance(table) {
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    var first = Number(table.dataset.first);
    var all = rows.length <= first;
    var words = "";
    var tools = document.createElement("div");
    var label = document.createElement("label");
    var input = document.createElement("input");
    var shown = document.createElement("span");
    var button = document.createElement("button");

    function draw() {
      var found = 0;
      rows.forEach(function (row) {
        var hit = !words || row.textContent.toLowerCase().indexOf(words) >= 0;
        if (hit) found += 1;
        row.hidden = !hit || (!all && found > first);
      });
      shown.textContent = (all ? found : Math.min(found, first)) + " of " + rows.length + " rows";
      button.hidden = all || found <= first;
      button.textContent = "Show all " + found;
    }
    function sort(column, heading) {
      var down = heading.getAttribute("aria-sort") !== "descending";
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (each) {
        each.removeAttribute("aria-sort");
      });
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort(function (a, b) {
        var order = before(value(a, column), value(b, column));
        return down ? -order : order;
      });
      rows.forEach(function (row) { body.appendChild(row); });
      draw();
    }

    if (rows.length > 1) {
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, column) {
        var press = document.createElement("button");
        press.type = "button";
        press.title = "Sort by this column";
        press.textContent = heading.textContent;
        press.addEventListener("click", function () { sort(column, heading); });
        heading.textContent = "";
        heading.appendChild(press);
      });
    }
    if (rows.length > 8) {
      tools.className = "tools";
      input.type = "search";
      input.placeholder = "Filter these rows";
      input.addEventListener("input", function () {
        words = input.value.trim().toLowerCase();
        draw();
      });
      label.appendChild(input);
      input.setAttribute("aria-label", "Filter: " + table.caption.textContent);
      shown.setAttribute("role", "status");
      button.type = "button";
      button.addEventListener("click", function () { all = true; draw(); });
      tools.appendChild(label);
      tools.appendChild(shown);
      tools.appendChild(button);
      table.parentNode.parentNode.insertBefore(tools, table.parentNode);
      draw();
    }
  }
  Array.prototype.forEach.call(document.querySelectorAll("table"), enhance);
  function reveal() {
    var target = location.hash && document.getElementById(location.hash.slice(1));
    var folded = target && (target.querySelector("details") || target.closest("details"));
    if (folded) folded.open = true;
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
