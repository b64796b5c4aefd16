//! SAML 2.0: the Web Browser SSO profile, as a service provider.
