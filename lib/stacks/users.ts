import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import {
  AccountRecovery,
  ClientAttributes,
  Mfa,
  StringAttribute,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'

interface UsersProps {
  readonly names: Names
  readonly settings: Settings
  /** Each role is a group; a person's roles are their groups. */
  readonly roles: readonly string[]
}

/** Who may sign in, with what roles, and for which sites. */
export class Users extends Construct {
  readonly pool: UserPool
  readonly client: UserPoolClient

  constructor(scope: Construct, id: string, { names, settings, roles }: UsersProps) {
    super(scope, id)
    this.pool = new UserPool(this, 'Pool', {
      userPoolName: names.of('users'),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      standardAttributes: { email: { required: true, mutable: true }, fullname: { required: true, mutable: true } },
      // Ids of the sites that a person may work for, with commas between; `*` is all.
      customAttributes: { sites: new StringAttribute({ mutable: true, maxLen: 2048 }) },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: settings.mfa === 'required' ? Mfa.REQUIRED : Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.client = this.pool.addClient('Client', {
      authFlows: { userSrp: true },
      disableOAuth: true,
      generateSecret: false,
      preventUserExistenceErrors: true,
      idTokenValidity: Duration.minutes(30),
      accessTokenValidity: Duration.minutes(30),
      refreshTokenValidity: Duration.hours(12),
      // Left out, a person could write their own custom:sites and so reach every site.
      writeAttributes: new ClientAttributes().withStandardAttributes({ fullname: true, email: true }),
    })
    for (const role of roles)
      this.pool.addGroup(role, { groupName: role, description: `May do what needs the role ${role}.` })
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason:
          'The setting "mfa" decides; optional by default, so that a plant can begin before each person has a phone enrolled.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason: 'Threat protection needs the Plus tier, billed for each active person; a deployment may switch it on.',
      },
    )
  }
}
