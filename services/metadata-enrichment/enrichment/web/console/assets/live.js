// Charts of the live figures; the tables beside them come as events, by htmx.
"use strict";

(() => {
  const MOST_POINTS = 1200;
  const box = document.getElementById("charts");
  const points = JSON.parse(box.dataset.points);

  const colour = (number) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--series-${number}`);

  // One line for each name that any point has; a point without it is a gap.
  const lines = (kind) => [...new Set(points.flatMap((point) => Object.keys(point[kind])))];

  const values = (kind, names) => [
    points.map((point) => point.at),
    ...names.map((name) => points.map((point) => point[kind][name] ?? null)),
  ];

  const axis = () => ({
    stroke: colour("text"),
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { stroke: colour("grid"), width: 1 },
  });

  const legend = (place, names) => {
    place.replaceChildren(
      ...names.map((name, number) => {
        const item = document.createElement("li");
        const sign = document.createElement("span");
        sign.className = `sign series-${number % 6}`;
        item.append(sign, name.replaceAll("_", " "));
        return item;
      }),
    );
  };

  const charts = [...box.querySelectorAll("[data-chart]")].map((place) => ({
    kind: place.dataset.chart,
    place,
    names: [],
    plot: null,
  }));

  const begin = (chart, names) => {
    chart.plot?.destroy();
    chart.names = names;
    chart.plot = new uPlot(
      {
        width: chart.place.clientWidth,
        height: 240,
        legend: { show: false },
        cursor: { show: false },
        axes: [axis(), { ...axis(), size: 60 }],
        // a minute at least: one point alone would be given years
        scales: {
          x: { range: (_, low, high) => [low, Math.max(high, low + 60)] },
          y: { range: (_, low, high) => [0, Math.max(high, 1)] },
        },
        series: [
          {},
          ...names.map((name, number) => ({
            label: name,
            stroke: colour(number % 6),
            width: 2,
            points: { show: points.length < 2 },
          })),
        ],
      },
      values(chart.kind, names),
      chart.place,
    );
    legend(chart.place.parentElement.querySelector(".legend"), names);
  };

  const draw = (anew) => {
    for (const chart of charts) {
      const names = lines(chart.kind);
      if (anew || !chart.plot || names.join() !== chart.names.join()) begin(chart, names);
      else chart.plot.setData(values(chart.kind, names));
    }
  };

  box.hidden = false;
  draw(true);

  document.body.addEventListener("htmx:sseMessage", () => {
    const text = document.querySelector("#figures [data-point]")?.dataset.point;
    if (!text) return;
    const point = JSON.parse(text);
    if (points.at(-1)?.at === point.at) return;
    points.push(point);
    if (points.length > MOST_POINTS) points.shift();
    draw(points.length === 2);
  });

  window.addEventListener("resize", () => {
    for (const { plot, place } of charts) {
      plot?.setSize({ width: place.clientWidth, height: 240 });
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
})();
