import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { keepSelection, readSelection } from '../model/filters';
import { navigate } from '../router';
import { useRoute } from './context';
import { Icon, type IconName, Logo } from './icons';
import { chooseTheme, readTheme, type Theme } from './theme';

const SECTIONS: readonly {
  label: string;
  icon: IconName;
  path: string;
  also: readonly string[];
}[] = [
  { label: 'Overview', icon: 'overview', path: '/overview', also: [] },
  { label: 'Pages', icon: 'pages', path: '/pages', also: ['/page'] },
  {
    label: 'Visits',
    icon: 'clock',
    path: '/page-views',
    also: ['/sessions', '/traces'],
  },
  { label: 'Issues', icon: 'issues', path: '/issues', also: ['/events'] },
  { label: 'Releases', icon: 'release', path: '/releases', also: [] },
  { label: 'Logs', icon: 'log', path: '/logs', also: [] },
  { label: 'Live', icon: 'live', path: '/live', also: [] },
  { label: 'Objectives', icon: 'target', path: '/slos', also: [] },
  { label: 'Alerts', icon: 'bell', path: '/alerts', also: [] },
  { label: 'Outcomes', icon: 'outcomes', path: '/outcomes', also: [] },
  { label: 'Source maps', icon: 'source_map', path: '/source-maps', also: [] },
  { label: 'Settings', icon: 'settings', path: '/settings', also: ['/setup'] },
];

const NEXT_THEME: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const THEME_ICON: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' };

function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useState(readTheme);
  const text = theme === 'auto' ? 'System colours' : `${theme} colours`;
  return (
    <button
      type="button"
      class="side-button"
      aria-label={`${text}. Change to ${NEXT_THEME[theme]}`}
      onClick={() => {
        chooseTheme(NEXT_THEME[theme]);
        setTheme(NEXT_THEME[theme]);
      }}
    >
      <Icon name={THEME_ICON[theme]} />
      <span class="side-text">{text}</span>
    </button>
  );
}

export function Shell({
  children,
  onLogOut,
}: {
  children: ComponentChildren;
  onLogOut: () => void;
}): JSX.Element {
  const { params, projects, location } = useRoute();
  const id = params.id ?? (projects[0] ? String(projects[0].id) : null);
  const rest = location.pathname.replace(/^\/p\/[^/]+/, '');
  const selection = readSelection(location.search);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href="/" aria-label="Pagewake, start page">
          <Logo />
          <span>Pagewake</span>
        </a>
        {projects.length > 0 && (
          <label class="switcher">
            <span class="sr-only">Project</span>
            <select
              value={params.id ?? ''}
              onChange={(event) => {
                const value = event.currentTarget.value;
                navigate(value === '' ? '/p' : `/p/${value}/overview`);
              }}
            >
              {!projects.some((p) => String(p.id) === params.id) && (
                <option value={params.id ?? ''}>Choose a project</option>
              )}
              {projects.map((project) => (
                <option key={project.id} value={String(project.id)}>
                  {project.name}
                </option>
              ))}
              <option value="">All projects…</option>
            </select>
            <Icon name="down" />
          </label>
        )}
        <nav class="nav" aria-label="Project">
          {id !== null &&
            params.id !== undefined &&
            SECTIONS.map((section) => {
              const current = [section.path, ...section.also].some(
                (path) => rest === path || rest.startsWith(`${path}/`),
              );
              return (
                <a
                  key={section.path}
                  href={
                    section.path === '/settings'
                      ? `/p/${id}${section.path}`
                      : keepSelection(`/p/${id}${section.path}`, {
                          ...selection,
                        })
                  }
                  {...(current ? { 'aria-current': 'page' as const } : {})}
                >
                  <Icon name={section.icon} />
                  <span>{section.label}</span>
                </a>
              );
            })}
        </nav>
        <div class="side-foot">
          <a class="side-button" href="/accounts" title="Accounts">
            <Icon name="people" />
            <span class="side-text">Accounts</span>
          </a>
          <ThemeButton />
          <button type="button" class="side-button" onClick={onLogOut} title="Log out">
            <Icon name="logout" />
            <span class="side-text">Log out</span>
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
