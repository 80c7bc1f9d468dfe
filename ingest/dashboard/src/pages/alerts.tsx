import type { JSX } from 'preact';
import { projectPath } from '../api/client';
import { alertChannelsPath, alertDeliveriesPath, alertRulesPath } from '../api/paths';
import type { AlertChannel, AlertDelivery, AlertRule, Listing } from '../api/types';
import { useApi } from '../api/use_api';
import { useRoute } from '../ui/context';
import { Page } from '../ui/parts';
import { CardSkeleton, Loaded } from '../ui/states';
import { AlertChannels } from './alert_channels';
import { AlertDeliveries } from './alert_deliveries';
import { AlertRules } from './alert_rules';

const waiting = <CardSkeleton rows={4} />;

/** When people are told, where it goes, and what was sent. */
export function AlertsPage(): JSX.Element {
  const { params } = useRoute();
  const of = (rest: string) => projectPath(params.id ?? '', rest);
  const rules = useApi<Listing<AlertRule>>(alertRulesPath(params, ''));
  const channels = useApi<Listing<AlertChannel>>(alertChannelsPath(params, ''));
  const deliveries = useApi<Listing<AlertDelivery>>(alertDeliveriesPath(params, ''));
  const known = channels.data?.items ?? [];
  return (
    <Page title="Alerts">
      <Loaded state={rules} skeleton={waiting}>
        {(answer) => (
          <AlertRules
            rules={answer.items}
            channels={known}
            path={of('/alert-rules')}
            reload={rules.reload}
          />
        )}
      </Loaded>
      <Loaded state={channels} skeleton={waiting}>
        {(answer) => (
          <AlertChannels
            channels={answer.items}
            path={of('/alert-channels')}
            reload={channels.reload}
            onTested={deliveries.reload}
          />
        )}
      </Loaded>
      <Loaded state={deliveries} skeleton={waiting}>
        {(answer) => (
          <AlertDeliveries
            deliveries={answer.items}
            channels={known}
            rules={rules.data?.items ?? []}
            reload={deliveries.reload}
          />
        )}
      </Loaded>
    </Page>
  );
}
