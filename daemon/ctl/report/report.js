/* Sorts and filters the tables of a report, and lays out no more rows of a long one than are looked at. Without it everything can be read. */
(() => {
        'use strict';

        const AT_ONCE = 250;

        /* --- filtering: every word must stand in the row ---- */

        const texts = new WeakMap();
        const textOf = (row) => {
                if (!texts.has(row))
                        texts.set(row, row.textContent.toLowerCase());
                return texts.get(row);
        };

        /* By the id of its table. */
        const lists = new Map();

        const show = (list) => {
                const words = list.input.value.toLowerCase().split(/\s+/).filter(Boolean);
                let matching = 0;
                for (const row of list.table.tBodies[0].rows) {
                        const wanted = words.every((word) => textOf(row).includes(word));
                        row.hidden = !wanted || matching >= list.limit;
                        matching += wanted ? 1 : 0;
                }
                list.count.textContent = words.length ? matching + ' match, of ' + list.all : list.all;
                list.button.hidden = matching <= list.limit;
                list.button.textContent = 'Show all ' + matching;
        };

        const showAll = (list) => {
                list.limit = Infinity;
                show(list);
        };

        for (const input of document.querySelectorAll('input[data-table]')) {
                const table = document.getElementById(input.dataset.table);
                const count = document.getElementById(input.dataset.table + '-count');
                const button = document.createElement('button');
                const list = {table, input, count, button, all: count.textContent, limit: AT_ONCE};
                let timer = 0;
                lists.set(table.id, list);
                button.type = 'button';
                button.className = 'all';
                button.addEventListener('click', () => showAll(list));
                table.parentNode.append(button);
                input.closest('label').hidden = false;
                input.addEventListener('input', () => {
                        clearTimeout(timer);
                        timer = setTimeout(show, 80, list);
                });
                show(list);
        }

        for (const link of document.querySelectorAll('a[data-filter]')) {
                link.addEventListener('click', () => {
                        const input = document.querySelector(link.hash + ' input[data-table]');
                        if (!input)
                                return;
                        input.value = link.dataset.filter;
                        show(lists.get(input.dataset.table));
                });
        }

        /* paper has no buttons */
        window.addEventListener('beforeprint', () => lists.forEach(showAll));

        /* --- sorting: a button in each heading ---- */

        const collator = new Intl.Collator('en', {numeric: true});
        const orders = {
                n: (a, b) => a - b,
                d: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
                t: collator.compare,
        };

        const sort = (table, heading) => {
                const column = heading.cellIndex, how = heading.dataset.sort;
                const before = heading.getAttribute('aria-sort');
                /* what is most, or last, is wanted first; names from A on */
                const descending = before ? before === 'ascending' : how !== 't';
                const valueOf = (cell) => (how === 'n' ? Number(cell.dataset.k || 0) : cell.textContent.trim());
                const rows = Array.from(table.tBodies[0].rows, (row) => ({row, value: valueOf(row.cells[column])}));
                rows.sort((a, b) => orders[how](a.value, b.value) * (descending ? -1 : 1));
                table.tBodies[0].append(...rows.map((r) => r.row));
                for (const other of heading.parentNode.cells)
                        other.removeAttribute('aria-sort');
                heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
                if (lists.has(table.id))
                        show(lists.get(table.id));
        };

        for (const heading of document.querySelectorAll('th[data-sort]')) {
                const button = document.createElement('button');
                button.type = 'button';
                button.append(...heading.childNodes);
                button.addEventListener('click', () => sort(heading.closest('table'), heading));
                heading.append(button);
        }

        /* --- "/" goes to the box of the list that is being read ---- */

        document.addEventListener('keydown', (event) => {
                if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'INPUT' || !lists.size)
                        return;
                const inputs = Array.from(lists.values(), (list) => list.input);
                event.preventDefault();
                (inputs.find((input) => input.closest('section').getBoundingClientRect().bottom > 120) || inputs[0]).focus();
        });
})();
